import type { Database, Session } from '../../../database/types.ts';
import { ScalectlError } from '../../../errors.ts';
import type { JobId, NewJob } from '../../job.ts';
import type { AddedJob } from '../../store.ts';
import { insertRows, portionsOf } from './insert-rows.ts';
import { openWindows, takeKeys } from './unique-keys.ts';

interface PlacedJob {
  id: JobId;
  job: NewJob;
  runAt: Date | null;
}

/** Adds jobs in one transaction. Times count from the database's clock. */
export async function addJobs(database: Database, jobs: readonly NewJob[]): Promise<AddedJob[]> {
  if (jobs.length === 0) return [];
  await checkPacketSize(database, jobs);
  return database.transaction(async (session) => {
    const { now, step } = await readServer(session);
    const placed = await insertJobs(session, jobs, { now, step });
    const owners = await takeKeys(session, placed);
    const isWinner = ({ id, job }: PlacedJob): boolean =>
      job.uniqueKey === null || owners.get(job.uniqueKey) === id;
    const winners = placed.filter(isWinner);
    const losers = placed.filter((each) => !isWinner(each)).map(({ id }) => id);
    for (const ids of portionsOf(losers)) {
      await session.write('/* scalectl:queue */ DELETE FROM scalectl_queue_jobs WHERE id IN (?)', [
        ids,
      ]);
    }
    await openWindows(session, winners);
    await makeReady(
      session,
      winners.filter(({ runAt }) => runAt === null).map(({ id, job }) => ({ id, ...job })),
    );
    await schedule(
      session,
      winners.flatMap(({ id, job, runAt }) => (runAt === null ? [] : [{ id, ...job, runAt }])),
    );
    return placed.map((each) => ({
      id: (each.job.uniqueKey !== null && owners.get(each.job.uniqueKey)) || each.id,
      isDuplicate: !isWinner(each),
    }));
  });
}

export async function makeReady(
  session: Session,
  jobs: readonly { id: JobId; type: string; priority: number }[],
  table: 'scalectl_queue_ready' | 'scalectl_queue_suspect' = 'scalectl_queue_ready',
): Promise<void> {
  await insertRows(
    session,
    `/* scalectl:queue */ INSERT INTO ${table} (priority, id, type) VALUES ?`,
    jobs.map(({ priority, id, type }) => [priority, id, type]),
  );
}

export async function schedule(
  session: Session,
  jobs: readonly { id: JobId; type: string; priority: number; runAt: Date }[],
): Promise<void> {
  await insertRows(
    session,
    '/* scalectl:queue */ INSERT INTO scalectl_queue_scheduled (run_at, id, priority, type) VALUES ?',
    jobs.map(({ runAt, id, priority, type }) => [runAt, id, priority, type]),
  );
}

/** The moment by the server's clock, and by how much its automatic numbers grow (more than 1 in a cluster). */
async function readServer(session: Session): Promise<{ now: Date; step: number }> {
  const [row] = await session.read<{ now: Date; step: number }>(
    '/* scalectl:queue */ SELECT UTC_TIMESTAMP(3) AS now, @@SESSION.auto_increment_increment AS step',
  );
  if (!row) throw new ScalectlError('statement-failed', 'the server does not tell its time');
  return row;
}

async function insertJobs(
  session: Session,
  jobs: readonly NewJob[],
  { now, step }: { now: Date; step: number },
): Promise<PlacedJob[]> {
  const dues = jobs.map((job) => dueTime(job, now));
  const results = await insertRows(
    session,
    '/* scalectl:queue */ INSERT INTO scalectl_queue_jobs (type, data, priority, unique_key, max_attempts, run_at, inbox) VALUES ?',
    jobs.map((job, i) => [
      job.type,
      job.data,
      job.priority,
      job.uniqueKey,
      job.maxAttempts,
      dues[i] ?? null,
      null,
    ]),
  );
  // InnoDB takes the numbers of an INSERT … VALUES as one block, in every innodb_autoinc_lock_mode.
  const ids = results.flatMap(({ insertId, rows }) =>
    Array.from({ length: rows }, (_, i) => insertId + i * step),
  );
  return jobs.map((job, i) => ({ id: ids[i] ?? 0, job, runAt: dues[i] ?? null }));
}

function dueTime({ due }: NewJob, now: Date): Date | null {
  if (due === null) return null;
  const at = 'at' in due ? due.at : new Date(now.getTime() + due.delayMs);
  return at > now ? at : null;
}

/** A statement that is too long would cost the connection, and the server's answer would not say why. */
export async function checkPacketSize(
  database: Database,
  jobs: readonly { type: string; data: string }[],
): Promise<void> {
  const largest = jobs.reduce((longest, { data }) => Math.max(longest, data.length), 0);
  if (largest < 128 * 1024) return;
  const [row] = await database.read<{ packet: number }>(
    '/* scalectl:queue */ SELECT @@SESSION.max_allowed_packet AS packet',
  );
  const limit = Number(row?.packet ?? 0);
  for (const { type, data } of jobs) {
    const sizeBytes = Buffer.byteLength(data) + countEscaped(data) + 1024;
    if (sizeBytes > limit) {
      throw new ScalectlError(
        'input-invalid',
        `the data of a job of type ${type} takes ${sizeBytes} bytes; this server accepts statements of ${limit}`,
        {
          hint: 'Put the data into a file or table and its name into the job, or raise max_allowed_packet.',
        },
      );
    }
  }
}

/** Characters that the driver puts a backslash before. */
function countEscaped(text: string): number {
  // eslint-disable-next-line no-control-regex -- zero and Ctrl-Z are among them
  return text.match(/[\0\b\t\n\r\x1a"'\\]/g)?.length ?? 0;
}
