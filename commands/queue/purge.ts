import type { Purgeable } from '../../src/queue/store.ts';
import { ScalectlError } from '../../src/errors.ts';
import { formatMs, plural } from '../../src/output/text.ts';
import { defineCommand } from '../define.ts';
import { duration, flag, text } from '../option.ts';
import { openQueueForChange } from './open.ts';

interface PurgeResult {
  status: Purgeable['status'];
  olderThanMs: number;
  /** Found with --dry-run, removed otherwise. */
  jobs: number;
  dryRun: boolean;
}

export const purge = defineCommand({
  name: 'purge',
  summary: 'remove finished jobs for good, with all that is known of them',
  description:
    'What is completed or cancelled longer ago than queue.retention goes by itself; this is for less than that, and for dead letters, which need --confirm with the name of the database.',
  changes: 'data',
  options: {
    completed: flag('--completed', 'completed jobs'),
    cancelled: flag('--cancelled', 'cancelled jobs'),
    failed: flag('--failed', 'dead letters'),
    olderThan: duration('--older-than <TIME>', 'finished longer ago (default: queue.retention)'),
    confirm: text('--confirm <NAME>', 'the name of the database, for dead letters off a terminal'),
  },
  examples: [
    { command: 'scalectl queue purge --completed --older-than 1d --yes', does: 'keeps a day' },
    { command: 'scalectl queue purge --failed --older-than 30d --dry-run', does: 'only counts' },
  ],
  run: async (context, { options }) => {
    const status = chosenStatus(options);
    const { values } = await context.config();
    const which = { status, olderThanMs: options.olderThan ?? values.queue.retention };
    const store = await openQueueForChange(context);
    const { dryRun } = context.globals;
    const found = await store.countPurgeable(which);
    const result: PurgeResult = { ...which, jobs: found, dryRun };
    if (dryRun || found === 0) return { result };
    const { database } = (await context.database()).target;
    await context.confirm(
      `Remove ${jobsText(result)} for good?`,
      status === 'failed' ? { name: database, given: options.confirm } : undefined,
    );
    context.progress.start('removing');
    const jobs = await store.purge(which, (purged) =>
      context.progress.update(`${plural(purged, 'job')} removed`),
    );
    return { result: { ...result, jobs } };
  },
  render: (result) =>
    result.dryRun ? `dry run: ${jobsText(result)} would be removed` : `${jobsText(result)} removed`,
});

function chosenStatus(options: Record<Purgeable['status'], boolean>): Purgeable['status'] {
  const chosen = (['completed', 'cancelled', 'failed'] as const).filter((name) => options[name]);
  const [status] = chosen;
  if (status !== undefined && chosen.length === 1) return status;
  throw new ScalectlError('usage', 'queue purge needs one of --completed, --cancelled, --failed', {
    hint: 'scalectl queue purge --completed --older-than 1d --dry-run counts what would go.',
  });
}

function jobsText({ jobs, status, olderThanMs }: PurgeResult): string {
  const noun = status === 'failed' ? 'dead letter' : `${status} job`;
  return `${plural(jobs, noun)} older than ${formatMs(olderThanMs)}`;
}
