import { jobStatuses } from '../../src/queue/job.ts';
import type { JobStatus } from '../../src/queue/job.ts';
import type { JobSummary } from '../../src/queue/store.ts';
import type { Screen } from '../../src/output/screen.ts';
import { safeText } from '../../src/output/text.ts';
import { defineCommand } from '../define.ts';
import { choice, integer, text } from '../option.ts';
import { openQueue } from './open.ts';

interface ListResult {
  status: JobStatus;
  type: string | null;
  jobs: JobSummary[];
  /** The limit was reached: there may be more. */
  isCut: boolean;
}

const defaultLimit = 20;

export const list = defineCommand({
  name: 'list',
  summary: 'list the jobs in one state',
  description:
    'Waiting jobs stand in the order in which they will run, finished ones with the newest first.',
  changes: 'nothing',
  options: {
    status: choice('--status <S>', `${jobStatuses.join(', ')} (default pending)`, jobStatuses),
    type: text('--type <TYPE>', 'only jobs of this type'),
    limit: integer('--limit <N>', `at most so many (default ${defaultLimit})`, {
      min: 1,
      max: 10_000,
    }),
  },
  examples: [
    { command: 'scalectl queue list', does: 'the jobs that run next' },
    { command: 'scalectl queue list --status failed', does: 'the dead letters with their errors' },
    {
      command: 'scalectl queue list --status scheduled --type send_email --limit 100',
      does: 'mails that are due later',
    },
  ],
  run: async (context, { options }) => {
    const store = await openQueue(context);
    const { status = 'pending', type = null, limit = defaultLimit } = options;
    const jobs = await store.list({ status, type, limit });
    const result: ListResult = { status, type, jobs, isCut: jobs.length === limit };
    const next = status === 'failed' && jobs[0] ? `scalectl queue show ${jobs[0].id}` : null;
    return { result, ...(next === null ? {} : { next }) };
  },
  render: renderList,
});

export function renderList({ status, jobs, isCut }: ListResult, screen: Screen): string {
  if (jobs.length === 0) return `no ${status} jobs`;
  const hasTime = status !== 'pending' && status !== 'processing';
  const table = screen.table(
    [
      { title: 'job', align: 'right' },
      { title: 'type' },
      { title: 'priority' },
      { title: 'attempts', align: 'right' },
      { title: hasTime ? timeTitle[status] : 'added' },
      { title: 'last error', flexible: true },
    ],
    jobs.map((job) => [
      String(job.id),
      safeText(job.type),
      job.priority,
      job.attempts,
      shortTime(hasTime ? job.at : job.createdAt),
      job.lastError === null ? null : safeText(job.lastError),
    ]),
  );
  return isCut ? `${table}\n\n--limit N shows more` : table;
}

const timeTitle = {
  scheduled: 'due',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
} as const;

/** `2026-11-24 18:05:09`, UTC as everywhere. */
export function shortTime(iso: string | null): string | null {
  return iso === null ? null : iso.slice(0, 19).replace('T', ' ');
}
