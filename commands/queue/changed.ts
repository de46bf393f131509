import type { JobId, JobStatus } from '../../src/queue/job.ts';
import type { ChangedJobs, QueueStore } from '../../src/queue/store.ts';
import { plural } from '../../src/output/text.ts';

/** What a change of single jobs came to, or would come to. */
export type ChangeResult = ChangedJobs & { dryRun: boolean };

/** What would become of these jobs: those in one of the states would be changed. */
export async function previewChange(
  store: QueueStore,
  ids: readonly JobId[],
  states: readonly JobStatus[],
): Promise<ChangeResult> {
  const result: ChangeResult = { changed: [], unchanged: [], dryRun: true };
  for (const id of new Set(ids)) {
    const job = await store.find(id);
    if (job && states.includes(job.status)) result.changed.push(id);
    else
      result.unchanged.push({ id, reason: job ? `it is ${job.status}` : 'there is no such job' });
  }
  return result;
}

const shownJobs = 20;

/** @param verb `cancelled`, `put back` */
export function renderChange({ changed, unchanged, dryRun }: ChangeResult, verb: string): string {
  const lines = [
    dryRun
      ? `dry run: ${plural(changed.length, 'job')} would be ${verb}`
      : `${plural(changed.length, 'job')} ${verb}`,
  ];
  for (const { id, reason } of unchanged.slice(0, shownJobs)) lines.push(`  job ${id}: ${reason}`);
  if (unchanged.length > shownJobs) lines.push(`  … ${unchanged.length - shownJobs} more`);
  return lines.join('\n');
}
