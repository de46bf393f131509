import type { Database } from '../../../database/types.ts';
import type { JobId } from '../../job.ts';
import { retrying } from './retrying.ts';

/**
 * Removes finished jobs, however they ended, with all that is known of them; a job that waits or runs is left.
 * @returns the ids that are gone now
 */
export async function removeFinished(database: Database, ids: readonly JobId[]): Promise<JobId[]> {
  if (ids.length === 0) return [];
  return retrying(
    () =>
      database.transaction(async (session) => {
        const rows = await session.read<{ job_id: JobId }>(
          `/* scalectl:queue */ SELECT job_id FROM scalectl_queue_done WHERE job_id IN (?)
           UNION SELECT job_id FROM scalectl_queue_dead WHERE job_id IN (?)`,
          [ids, ids],
        );
        const found = rows.map((row) => row.job_id);
        if (found.length === 0) return [];
        for (const [table, column] of [
          ['scalectl_queue_failures', 'job_id'],
          ['scalectl_queue_key_windows', 'job_id'],
          ['scalectl_queue_done', 'job_id'],
          ['scalectl_queue_dead', 'job_id'],
          ['scalectl_queue_jobs', 'id'],
        ] as const) {
          await session.write(`/* scalectl:queue */ DELETE FROM ${table} WHERE ${column} IN (?)`, [
            found,
          ]);
        }
        return found;
      }),
    { outageMs: 0 },
  );
}
