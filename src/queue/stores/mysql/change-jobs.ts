import type { Database, Session } from '../../../database/types.ts';
import type { JobId } from '../../job.ts';
import type { ChangedJobs, Retryable } from '../../store.ts';
import { checkPacketSize, makeReady } from './add.ts';
import { lockControl } from './claim.ts';
import { findJob } from './find.ts';
import { insertRows, portionsOf } from './insert-rows.ts';
import { retrying } from './retrying.ts';
import { releaseKeysAndWindows, takeKeys } from './unique-keys.ts';

interface DeadRow {
  id: JobId;
  type: string;
  priority: number;
  unique_key: string | null;
}

/** Puts dead letters back among the ready jobs, with all attempts before them. Their errors stay on record. */
export async function retryDead(database: Database, which: Retryable): Promise<ChangedJobs> {
  const outcome: ChangedJobs = { changed: [], unchanged: [] };
  const data = 'ids' in which ? which.data : undefined;
  if (data !== undefined) await checkPacketSize(database, [{ type: 'given', data }]);
  const ids = 'ids' in which ? which.ids : await listDead(database, which.type);
  for (const portion of portionsOf([...new Set(ids)])) {
    const done = await retrying(
      () => database.transaction((session) => retryPortion(session, portion, data)),
      { outageMs: 0 },
    );
    outcome.changed.push(...done.changed);
    outcome.unchanged.push(...done.unchanged);
  }
  return { ...outcome, unchanged: await explain(database, outcome.unchanged) };
}

async function listDead(session: Session, type: string | null): Promise<JobId[]> {
  const rows = await session.read<{ job_id: JobId }>(
    `/* scalectl:queue */ SELECT job_id FROM scalectl_queue_dead ${type === null ? '' : 'WHERE type = ?'} ORDER BY job_id`,
    type === null ? [] : [type],
  );
  return rows.map((row) => row.job_id);
}

async function retryPortion(
  session: Session,
  ids: readonly JobId[],
  data: string | undefined,
): Promise<ChangedJobs> {
  const rows = await session.read<DeadRow>(
    `/* scalectl:queue */ SELECT j.id, j.type, j.priority, j.unique_key FROM scalectl_queue_dead d
     JOIN scalectl_queue_jobs j ON j.id = d.job_id WHERE d.job_id IN (?) ORDER BY j.id FOR UPDATE`,
    [ids],
  );
  const owners = await takeKeys(
    session,
    rows.map((row) => ({ id: row.id, job: { uniqueKey: row.unique_key } })),
  );
  const isFree = (row: DeadRow): boolean =>
    row.unique_key === null || owners.get(row.unique_key) === row.id;
  const free = rows.filter(isFree);
  const changed = free.map(({ id }) => id);
  if (changed.length > 0) {
    await session.write(
      '/* scalectl:queue */ UPDATE scalectl_queue_jobs SET attempts = 0, postponements = 0 WHERE id IN (?)',
      [changed],
    );
    if (data !== undefined) {
      await session.write(
        '/* scalectl:queue */ UPDATE scalectl_queue_jobs SET data = ? WHERE id IN (?)',
        [data, changed],
      );
    }
    await session.write(
      '/* scalectl:queue */ DELETE FROM scalectl_queue_dead WHERE job_id IN (?)',
      [changed],
    );
  }
  await makeReady(session, free);
  const found = new Map(rows.map((row) => [row.id, row]));
  return {
    changed,
    unchanged: ids
      .filter((id) => !changed.includes(id))
      .map((id) => {
        const key = found.get(id)?.unique_key;
        return {
          id,
          reason: key ? `its unique key belongs to job ${owners.get(key) ?? ''} now` : '',
        };
      }),
  };
}

/** Takes waiting jobs out of the queue. One that a worker holds is left to it. */
export async function cancelJobs(database: Database, ids: readonly JobId[]): Promise<ChangedJobs> {
  const outcome: ChangedJobs = { changed: [], unchanged: [] };
  for (const portion of portionsOf([...new Set(ids)])) {
    const changed = await retrying(
      () => database.transaction((session) => cancelPortion(session, portion)),
      { outageMs: 0 },
    );
    outcome.changed.push(...changed);
    outcome.unchanged.push(
      ...portion.filter((id) => !changed.includes(id)).map((id) => ({ id, reason: '' })),
    );
  }
  return { ...outcome, unchanged: await explain(database, outcome.unchanged) };
}

async function cancelPortion(session: Session, ids: readonly JobId[]): Promise<JobId[]> {
  // Waiting jobs are taken by claims: with their lock, none is taken while this looks.
  await lockControl(session, 'claim');
  const rows = await session.read<{ id: JobId; type: string; priority: number }>(
    `/* scalectl:queue */ SELECT j.id, j.type, j.priority FROM scalectl_queue_jobs j WHERE j.id IN (?) AND (
       j.inbox = 1
       OR EXISTS (SELECT 1 FROM scalectl_queue_ready r WHERE r.priority = j.priority AND r.id = j.id)
       OR EXISTS (SELECT 1 FROM scalectl_queue_suspect s WHERE s.priority = j.priority AND s.id = j.id)
       OR EXISTS (SELECT 1 FROM scalectl_queue_scheduled t WHERE t.id = j.id))
     ORDER BY j.id`,
    [ids],
  );
  if (rows.length === 0) return [];
  const found = rows.map(({ id }) => id);
  for (const table of ['scalectl_queue_ready', 'scalectl_queue_suspect']) {
    for (const priority of new Set(rows.map((row) => row.priority))) {
      await session.write(
        `/* scalectl:queue */ DELETE FROM ${table} WHERE priority = ? AND id IN (?)`,
        [priority, found],
      );
    }
  }
  await session.write('/* scalectl:queue */ DELETE FROM scalectl_queue_scheduled WHERE id IN (?)', [
    found,
  ]);
  await session.write(
    '/* scalectl:queue */ UPDATE scalectl_queue_jobs SET inbox = NULL WHERE id IN (?)',
    [found],
  );
  await insertRows(
    session,
    '/* scalectl:queue */ INSERT INTO scalectl_queue_done (job_id, type, status) VALUES ?',
    rows.map(({ id, type }) => [id, type, 'cancelled']),
  );
  await releaseKeysAndWindows(session, found);
  return found;
}

/** Says of each job that was left alone why: the state that it is in. */
async function explain(
  database: Database,
  unchanged: ChangedJobs['unchanged'],
): Promise<ChangedJobs['unchanged']> {
  const explained: ChangedJobs['unchanged'] = [];
  for (const { id, reason } of unchanged) {
    const job = reason === '' ? await findJob(database, id) : null;
    explained.push({
      id,
      reason: reason || (job ? `it is ${job.status}` : 'there is no such job'),
    });
  }
  return explained;
}
