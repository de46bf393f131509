import type { Session } from '../../../database/types.ts';
import type { JobId } from '../../job.ts';
import { makeReady, schedule } from './add.ts';
import { portionsOf } from './insert-rows.ts';
import { takeKeys } from './unique-keys.ts';

/** A claim waits for it: what is more comes with the next claim. */
const mostAtOnce = 500;

interface InboxRow {
  id: JobId;
  type: string;
  priority: number;
  unique_key: string | null;
  run_at: Date | null;
  is_due: number;
}

/**
 * Takes notice of jobs that pages have inserted themselves. Needs the lock of the claims: two workers would do it twice.
 * @returns whether there may be more
 */
export async function promoteInbox(session: Session): Promise<boolean> {
  const rows = await session.read<InboxRow>(
    `/* scalectl:queue */ SELECT id, type, priority, unique_key, run_at,
       run_at IS NULL OR run_at <= UTC_TIMESTAMP(3) AS is_due
     FROM scalectl_queue_jobs WHERE inbox = 1 ORDER BY id LIMIT ${mostAtOnce}`,
  );
  if (rows.length === 0) return false;
  const owners = await takeKeys(
    session,
    rows.map((row) => ({ id: row.id, job: { uniqueKey: row.unique_key } })),
  );
  const isDuplicate = (row: InboxRow): boolean =>
    row.unique_key !== null && owners.get(row.unique_key) !== row.id;
  const placed = rows.filter((row) => !isDuplicate(row));
  await makeReady(
    session,
    placed.filter((row) => row.is_due === 1),
  );
  await schedule(
    session,
    placed.flatMap((row) =>
      row.is_due === 1 || row.run_at === null ? [] : [{ ...row, runAt: row.run_at }],
    ),
  );
  for (const row of rows.filter(isDuplicate)) {
    await session.write(
      "/* scalectl:queue */ INSERT INTO scalectl_queue_done (job_id, type, status, result) VALUES (?, ?, 'cancelled', ?)",
      [row.id, row.type, `the unique key belongs to job ${owners.get(row.unique_key ?? '') ?? ''}`],
    );
  }
  await session.write(
    '/* scalectl:queue */ UPDATE scalectl_queue_jobs SET inbox = NULL WHERE id IN (?)',
    [rows.map(({ id }) => id)],
  );
  return rows.length === mostAtOnce;
}

/**
 * Makes scheduled jobs ready whose time has come. Needs the lock of the claims.
 * @returns whether there may be more
 */
export async function promoteDue(session: Session): Promise<boolean> {
  const rows = await session.read<{ id: JobId; type: string; priority: number }>(
    `/* scalectl:queue */ SELECT id, type, priority FROM scalectl_queue_scheduled
     WHERE run_at <= UTC_TIMESTAMP(3) ORDER BY run_at, id LIMIT ${mostAtOnce}`,
  );
  await makeReady(session, rows);
  for (const portion of portionsOf(rows)) {
    await session.write(
      '/* scalectl:queue */ DELETE FROM scalectl_queue_scheduled WHERE id IN (?)',
      [portion.map(({ id }) => id)],
    );
  }
  return rows.length === mostAtOnce;
}
