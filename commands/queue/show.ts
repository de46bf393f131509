import type { JobDetails } from '../../src/queue/store.ts';
import type { Screen } from '../../src/output/screen.ts';
import { formatMs, safeText } from '../../src/output/text.ts';
import { defineCommand } from '../define.ts';
import type { Outcome } from '../define.ts';
import { argument } from '../option.ts';
import { shortTime } from './list.ts';
import { openQueue, readJobIds } from './open.ts';

export const show = defineCommand({
  name: 'show',
  summary: 'all about one job: data, state, result, and its first and last errors',
  changes: 'nothing',
  arguments: { id: argument('<ID>', 'the number of the job') },
  examples: [{ command: 'scalectl queue show 4711', does: 'prints the job' }],
  exitCodes: { 1: 'there is no such job' },
  run: async (context, { arguments: { id: word } }): Promise<Outcome<JobDetails | null>> => {
    const [id = 0] = readJobIds([word]);
    const store = await openQueue(context);
    const result = await store.find(id);
    if (!result) return { result: null, exitCode: 1, text: `there is no job ${id}` };
    return result.status === 'failed' ? { result, next: `scalectl queue retry ${id}` } : { result };
  },
  render: (result, screen) => (result ? renderJob(result, screen) : ''),
});

export function renderJob(job: JobDetails, screen: Screen): string {
  const lines = [
    `${screen.heading(`job ${job.id}`)}: ${safeText(job.type)}, ${screen.status(job.status)}`,
    '',
    screen.pairs(facts(job)),
    '',
    screen.heading('data'),
    indented(job.data),
  ];
  if (job.result !== null) lines.push('', screen.heading('result'), indented(job.result));
  for (const failure of job.failures) {
    const when = shortTime(failure.failedAt) ?? '';
    lines.push(
      '',
      `${screen.heading(`attempt ${failure.attempt}`)} ${when}: ${safeText(failure.message)} (${failure.reason})`,
    );
    if (failure.output !== null) lines.push(indented(failure.output));
  }
  return lines.join('\n');
}

function facts(job: JobDetails): [string, string][] {
  const time = {
    scheduled: 'due',
    completed: 'completed',
    failed: 'failed',
    cancelled: 'cancelled',
  };
  const entries: [string, string | null][] = [
    ['priority', job.priority],
    ['added', shortTime(job.createdAt)],
    [time[job.status as 'scheduled'] ?? 'time', shortTime(job.at)],
    ['failed attempts', attemptsText(job)],
    ['asked for later', job.postponements === 0 ? null : `${job.postponements} times`],
    ['ran for', job.runMs === null ? null : formatMs(job.runMs)],
    ['unique key', job.uniqueKey === null ? null : safeText(job.uniqueKey)],
    ['worker', job.worker === null ? null : workerText(job.worker)],
    ['suspect', job.isSuspect ? 'its worker died; it runs alone next time' : null],
  ];
  return entries.flatMap(([name, value]) => (value === null ? [] : [[name, value]]));
}

function attemptsText({ attempts, maxAttempts }: JobDetails): string {
  return maxAttempts === null ? String(attempts) : `${attempts} of ${maxAttempts}`;
}

function workerText({ host, pid, leaseUntil }: NonNullable<JobDetails['worker']>): string {
  return `process ${pid} on ${safeText(host)}, lease until ${shortTime(leaseUntil)}`;
}

function indented(text: string): string {
  return safeText(text, { keepLineBreaks: true }).replaceAll(/^/gm, '  ');
}
