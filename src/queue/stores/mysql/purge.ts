import type { Database, Session } from '../../../database/types.ts';
import type { JobId } from '../../job.ts';
import type { Purgeable } from '../../store.ts';
import { retrying } from './retrying.ts';
import { removeClosedWindows } from './unique-keys.ts';

/** Small steps: each is one short transaction, and the platform's own writes come between them. */
const jobsAtOnce = 500;

/** At most this often does anybody look for finished jobs that are old enough. */
const tidyEveryMs = 3_600_000;

export async function countPurgeable(session: Session, which: Purgeable): Promise<number> {
  const { table, time, condition, values } = sourceOf(which);
  const [row] = await session.read<{ jobs: number }>(
    `/* scalectl:queue */ SELECT COUNT(*) AS jobs FROM ${table}
     WHERE ${condition} AND ${time} <= UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND`,
    [...values, which.olderThanMs * 1000],
  );
  return row?.jobs ?? 0;
}

/** Removes finished jobs with all that is known of them. */
export async function purgeJobs(
  database: Database,
  which: Purgeable,
  onProgress?: (purged: number) => void,
): Promise<number> {
  const [clock] = await database.read<{ before: Date }>(
    '/* scalectl:queue */ SELECT UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND AS `before`',
    [which.olderThanMs * 1000],
  );
  let purged = 0;
  let after: JobId = 0;
  for (;;) {
    const step = await retrying(
      () =>
        database.transaction((session) =>
          purgeStep(session, which, { after, before: clock?.before }),
        ),
      { outageMs: 0 },
    );
    if (step.length === 0) return purged;
    after = step.at(-1) ?? after;
    purged += step.length;
    onProgress?.(purged);
  }
}

async function purgeStep(
  session: Session,
  which: Purgeable,
  range: { after: JobId; before: Date | undefined },
): Promise<JobId[]> {
  const { table, time, condition, values } = sourceOf(which);
  const rows = await session.read<{ job_id: JobId }>(
    `/* scalectl:queue */ SELECT job_id FROM ${table}
     WHERE job_id > ? AND ${condition} AND ${time} <= ? ORDER BY job_id LIMIT ${jobsAtOnce} FOR UPDATE`,
    [range.after, ...values, range.before],
  );
  const ids = rows.map((row) => row.job_id);
  if (ids.length === 0) return [];
  for (const statement of [
    'DELETE FROM scalectl_queue_failures WHERE job_id IN (?)',
    `DELETE FROM ${table} WHERE job_id IN (?)`,
    'DELETE FROM scalectl_queue_jobs WHERE id IN (?)',
  ]) {
    await session.write(`/* scalectl:queue */ ${statement}`, [ids]);
  }
  return ids;
}

/** Purges what `queue.retention` keeps no longer, unless somebody has done so within the hour. */
export async function tidyFinished(database: Database, retentionMs: number): Promise<number> {
  const { affectedRows } = await database.write(
    `/* scalectl:queue */ UPDATE scalectl_queue_control SET last_at = UTC_TIMESTAMP(3)
     WHERE name = 'tidy' AND (last_at IS NULL OR last_at < UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND)`,
    [tidyEveryMs * 1000],
  );
  if (affectedRows === 0) return 0;
  await removeClosedWindows(database);
  const completed = await purgeJobs(database, { status: 'completed', olderThanMs: retentionMs });
  return completed + (await purgeJobs(database, { status: 'cancelled', olderThanMs: retentionMs }));
}

function sourceOf({ status }: Purgeable): {
  table: string;
  time: string;
  condition: string;
  values: unknown[];
} {
  return status === 'failed'
    ? { table: 'scalectl_queue_dead', time: 'died_at', condition: 'TRUE', values: [] }
    : {
        table: 'scalectl_queue_done',
        time: 'finished_at',
        condition: 'status = ?',
        values: [status],
      };
}
