import type { Session } from '../../../database/types.ts';
import type { ClaimedJob, JobId } from '../../job.ts';
import { portionsOf } from './insert-rows.ts';

/** Data up to this size comes with the claim; a batch of larger ones could fill the memory. */
const carriedBytes = 64 * 1024;

/** Columns of a ClaimedJob, of scalectl_queue_jobs AS j. */
export const jobColumns =
  `j.id, j.type, IF(LENGTH(j.data) <= ${carriedBytes}, j.data, NULL) AS data, j.priority, j.attempts, ` +
  'j.postponements, j.max_attempts, j.unique_key IS NOT NULL AS has_unique_key, j.created_at';

export interface JobRow {
  id: JobId;
  type: string;
  data: string | null;
  priority: number;
  attempts: number;
  postponements: number;
  max_attempts: number | null;
  has_unique_key: number;
  created_at: Date;
}

export function toClaimedJob(row: JobRow): ClaimedJob {
  return {
    id: row.id,
    type: row.type,
    data: row.data,
    priority: row.priority,
    attempts: row.attempts,
    postponements: row.postponements,
    maxAttempts: row.max_attempts,
    hasUniqueKey: row.has_unique_key === 1,
    createdAt: row.created_at,
  };
}

export async function readJobs(session: Session, ids: readonly JobId[]): Promise<ClaimedJob[]> {
  const jobs: ClaimedJob[] = [];
  for (const portion of portionsOf(ids)) {
    const rows = await session.read<JobRow>(
      `/* scalectl:queue */ SELECT ${jobColumns} FROM scalectl_queue_jobs j WHERE j.id IN (?) ORDER BY j.priority, j.id`,
      [portion],
    );
    jobs.push(...rows.map(toClaimedJob));
  }
  return jobs;
}
