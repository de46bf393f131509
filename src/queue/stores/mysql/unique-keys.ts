import type { Session } from '../../../database/types.ts';
import type { JobId } from '../../job.ts';
import { insertRows, portionsOf } from './insert-rows.ts';

interface KeyRow {
  unique_key: string;
  job_id: JobId;
}

/**
 * Takes the unique keys of jobs for them, where nobody has them: no waiting or running job, and no completed one
 * within its window.
 * @returns whom each key belongs to now
 */
export async function takeKeys(
  session: Session,
  jobs: readonly { id: JobId; job: { uniqueKey: string | null } }[],
): Promise<Map<string, JobId>> {
  const wanted = jobs.flatMap(({ id, job }) =>
    job.uniqueKey === null ? [] : [[job.uniqueKey, id] as const],
  );
  const owners = new Map<string, JobId>();
  if (wanted.length === 0) return owners;
  // In one order for everybody, or two transactions with the same keys would wait for each other.
  const ordered = [...wanted].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  await insertRows(
    session,
    '/* scalectl:queue */ INSERT IGNORE INTO scalectl_queue_keys (unique_key, job_id) VALUES ?',
    ordered,
  );
  const found = new Map<string, JobId>();
  const taken = new Map<string, JobId>();
  for (const keys of portionsOf([...new Set(wanted.map(([key]) => key))])) {
    const rows = await session.read<KeyRow>(
      '/* scalectl:queue */ SELECT unique_key, job_id FROM scalectl_queue_keys WHERE unique_key IN (?)',
      [keys],
    );
    for (const row of rows) found.set(comparable(row.unique_key), row.job_id);
    for (const row of await readWindows(session, keys)) {
      taken.set(comparable(row.unique_key), row.job_id);
    }
  }
  const givenBack: JobId[] = [];
  const ours = new Set(wanted.map(([, id]) => id));
  for (const [key] of wanted) {
    const owner = found.get(comparable(key));
    if (owner === undefined) continue;
    const first = taken.get(comparable(key)) ?? owner;
    owners.set(key, ours.has(owner) ? first : owner);
    if (ours.has(owner) && first !== owner) givenBack.push(owner);
  }
  await deleteOf(session, 'scalectl_queue_keys', givenBack);
  return owners;
}

/** Read after the key was taken: a job that is just being completed has the window still when it lets the key go. */
function readWindows(session: Session, keys: readonly string[]): Promise<KeyRow[]> {
  return session.read<KeyRow>(
    `/* scalectl:queue */ SELECT unique_key, job_id FROM scalectl_queue_key_windows
     WHERE unique_key IN (?) AND free_at > UTC_TIMESTAMP(3)`,
    [keys],
  );
}

/** Keeps the keys of jobs that were just added taken for their time, by the database's clock. */
export async function openWindows(
  session: Session,
  jobs: readonly {
    id: JobId;
    job: { uniqueKey: string | null; uniqueForMs?: number | undefined };
  }[],
): Promise<void> {
  const windows = jobs.filter(({ job }) => job.uniqueKey !== null && job.uniqueForMs !== undefined);
  for (const portion of portionsOf(windows)) {
    await session.write(
      `/* scalectl:queue */ INSERT INTO scalectl_queue_key_windows (unique_key, job_id, free_at) VALUES
       ${portion.map(() => '(?, ?, UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND)').join(', ')}
       ON DUPLICATE KEY UPDATE job_id = VALUES(job_id), free_at = VALUES(free_at)`,
      portion.flatMap(({ id, job }) => [job.uniqueKey, id, (job.uniqueForMs ?? 0) * 1000]),
    );
  }
}

/** Of jobs that are completed: a window stays open until its time. */
export function releaseKeys(session: Session, jobs: readonly JobId[]): Promise<void> {
  return deleteOf(session, 'scalectl_queue_keys', jobs);
}

/** Of jobs that will not be completed: their work may be asked for again at once. */
export async function releaseKeysAndWindows(
  session: Session,
  jobs: readonly JobId[],
): Promise<void> {
  await deleteOf(session, 'scalectl_queue_keys', jobs);
  await deleteOf(session, 'scalectl_queue_key_windows', jobs);
}

/** Windows whose time is over mean nothing; they are removed with the finished jobs. */
export async function removeClosedWindows(session: Session): Promise<void> {
  await session.write(
    '/* scalectl:queue */ DELETE FROM scalectl_queue_key_windows WHERE free_at <= UTC_TIMESTAMP(3)',
  );
}

async function deleteOf(
  session: Session,
  table: 'scalectl_queue_keys' | 'scalectl_queue_key_windows',
  jobs: readonly JobId[],
): Promise<void> {
  for (const portion of portionsOf(jobs)) {
    await session.write(`/* scalectl:queue */ DELETE FROM ${table} WHERE job_id IN (?)`, [portion]);
  }
}

/** The server compares as if both texts had the same number of spaces at their end. */
function comparable(key: string): string {
  return key.replace(/ +$/, '');
}
