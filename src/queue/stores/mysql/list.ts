import type { Database, Session } from '../../../database/types.ts';
import { priorityLabel } from '../../job.ts';
import type { JobId, JobStatus } from '../../job.ts';
import type { JobSummary, ListFilter } from '../../store.ts';
import { parseIds } from './own-claim.ts';

export interface SummaryRow {
  id: JobId;
  type: string;
  priority: number;
  attempts: number;
  created_at: Date;
  at: Date | null;
  last_error: string | null;
}

/** Of the newest failure; a postponement counts while nothing else is known. */
const lastError =
  '(SELECT f.message FROM scalectl_queue_failures f WHERE f.job_id = j.id ORDER BY f.id DESC LIMIT 1)';

/** Jobs in one state: waiting ones in the order in which they run, finished ones with the newest job first. */
export async function listJobs(database: Database, filter: ListFilter): Promise<JobSummary[]> {
  if (filter.status === 'processing') return listProcessing(database, filter);
  const { from, values, order } = sourceOf(filter);
  const rows = await database.read<SummaryRow>(
    `/* scalectl:queue */ SELECT j.id, j.type, j.priority, j.attempts, j.created_at, s.at, ${lastError} AS last_error
     FROM (${from}) s STRAIGHT_JOIN scalectl_queue_jobs j ON j.id = s.id ORDER BY ${order} LIMIT ?`,
    [...values, filter.limit],
  );
  return rows.map((row) => toSummary(row, filter.status));
}

export function toSummary(row: SummaryRow, status: JobStatus): JobSummary {
  return {
    id: row.id,
    type: row.type,
    status,
    priority: priorityLabel(row.priority),
    attempts: row.attempts,
    createdAt: row.created_at.toISOString(),
    at: row.at?.toISOString() ?? null,
    lastError: row.last_error,
  };
}

interface Source {
  from: string;
  values: unknown[];
  order: string;
}

function sourceOf({ status, type, limit }: ListFilter): Source {
  const where = (condition: string): string =>
    `WHERE ${condition}${type === null ? '' : ' AND type = ?'}`;
  const given = type === null ? [] : [type];
  switch (status) {
    case 'pending':
      return {
        // Each part is cut by itself, so that none is read to its end.
        from: `(SELECT priority, id, NULL AS at FROM scalectl_queue_ready ${where('TRUE')} ORDER BY priority, id LIMIT ?)
          UNION ALL (SELECT priority, id, NULL FROM scalectl_queue_suspect ${where('TRUE')} ORDER BY priority, id LIMIT ?)
          UNION ALL (SELECT priority, id, NULL FROM scalectl_queue_jobs
            ${where('inbox = 1 AND (run_at IS NULL OR run_at <= UTC_TIMESTAMP(3))')} ORDER BY id LIMIT ?)
          UNION ALL (SELECT priority, id, NULL FROM scalectl_queue_scheduled
            ${where('run_at <= UTC_TIMESTAMP(3)')} ORDER BY run_at LIMIT ?)`,
        values: [...given, limit, ...given, limit, ...given, limit, ...given, limit],
        order: 's.priority, s.id',
      };
    case 'scheduled':
      return {
        from: `(SELECT id, run_at AS at FROM scalectl_queue_scheduled
            ${where('run_at > UTC_TIMESTAMP(3)')} ORDER BY run_at, id LIMIT ?)
          UNION ALL (SELECT id, run_at FROM scalectl_queue_jobs
            ${where('inbox = 1 AND run_at > UTC_TIMESTAMP(3)')} ORDER BY run_at, id LIMIT ?)`,
        values: [...given, limit, ...given, limit],
        order: 's.at, s.id',
      };
    case 'failed':
      return {
        from: `SELECT job_id AS id, died_at AS at FROM scalectl_queue_dead ${where('TRUE')} ORDER BY job_id DESC LIMIT ?`,
        values: [...given, limit],
        order: 's.id DESC',
      };
    default:
      return {
        from: `SELECT job_id AS id, finished_at AS at FROM scalectl_queue_done ${where('status = ?')} ORDER BY job_id DESC LIMIT ?`,
        values: [status, ...given, limit],
        order: 's.id DESC',
      };
  }
}

async function listProcessing(
  session: Session,
  { type, limit }: ListFilter,
): Promise<JobSummary[]> {
  const claims = await session.read<{ jobs: string }>(
    '/* scalectl:queue */ SELECT jobs FROM scalectl_queue_claims WHERE size > 0',
  );
  const ids = claims.flatMap(({ jobs }) => parseIds(jobs));
  if (ids.length === 0) return [];
  const rows = await session.read<SummaryRow>(
    `/* scalectl:queue */ SELECT j.id, j.type, j.priority, j.attempts, j.created_at, NULL AS at, ${lastError} AS last_error
     FROM scalectl_queue_jobs j WHERE j.id IN (?) ${type === null ? '' : 'AND j.type = ?'} ORDER BY j.id LIMIT ?`,
    [ids, ...(type === null ? [] : [type]), limit],
  );
  return rows.map((row) => toSummary(row, 'processing'));
}
