import type { Database, Session } from '../../../database/types.ts';
import type { JobId } from '../../job.ts';
import type { ImportedJob } from '../../store.ts';
import { checkPacketSize, makeReady, schedule } from './add.ts';
import { lockControl } from './claim.ts';
import { insertRows, portionsOf } from './insert-rows.ts';

type PlacedJob = ImportedJob & { id: JobId };

/**
 * Takes over jobs of the platform, each once: that it was, and the job itself, are written in one transaction, and one
 * import at a time looks and writes.
 */
export async function importJobs(
  database: Database,
  jobs: readonly ImportedJob[],
): Promise<{ imported: number; alreadyImported: number }> {
  await checkPacketSize(database, jobs);
  return database.transaction(async (session) => {
    await lockControl(session, 'import');
    const known = await readKnown(session, jobs);
    const fresh = new Map<string, ImportedJob>();
    for (const job of jobs) if (!known.has(job.identity)) fresh.set(job.identity, job);
    const placed = await insertJobs(session, [...fresh.values()]);
    await insertRows(
      session,
      '/* scalectl:queue */ INSERT INTO scalectl_queue_imports (identity, file_id, job_id) VALUES ?',
      placed.map(({ identity, fileId, id }) => [identity, fileId, id]),
    );
    await place(session, placed);
    return { imported: placed.length, alreadyImported: jobs.length - placed.length };
  });
}

async function readKnown(session: Session, jobs: readonly ImportedJob[]): Promise<Set<string>> {
  const known = new Set<string>();
  for (const portion of portionsOf(jobs)) {
    const rows = await session.read<{ identity: string }>(
      '/* scalectl:queue */ SELECT identity FROM scalectl_queue_imports WHERE identity IN (?)',
      [portion.map(({ identity }) => identity)],
    );
    for (const { identity } of rows) known.add(identity);
  }
  return known;
}

async function insertJobs(session: Session, jobs: readonly ImportedJob[]): Promise<PlacedJob[]> {
  if (jobs.length === 0) return [];
  const [server] = await session.read<{ step: number }>(
    '/* scalectl:queue */ SELECT @@SESSION.auto_increment_increment AS step',
  );
  const step = server?.step ?? 1;
  const results = await insertRows(
    session,
    `/* scalectl:queue */ INSERT INTO scalectl_queue_jobs
       (type, data, priority, max_attempts, run_at, created_at, attempts, inbox) VALUES ?`,
    jobs.map((job) => [
      job.type,
      job.data,
      job.priority,
      job.maxAttempts,
      job.runAt,
      job.createdAt,
      job.attempts,
      null,
    ]),
  );
  const ids = results.flatMap(({ insertId, rows }) =>
    Array.from({ length: rows }, (_, i) => insertId + i * step),
  );
  return jobs.map((job, i) => ({ ...job, id: ids[i] ?? 0 }));
}

/** Each where its status puts it. One that stands as processing was left by a processor that died, so it is suspect. */
async function place(session: Session, jobs: readonly PlacedJob[]): Promise<void> {
  const [clock] = await session.read<{ now: Date }>(
    '/* scalectl:queue */ SELECT UTC_TIMESTAMP(3) AS now',
  );
  const now = clock?.now ?? new Date();
  const having = (status: ImportedJob['status']): PlacedJob[] =>
    jobs.filter((job) => job.status === status);
  await makeReady(
    session,
    having('pending').filter(({ runAt }) => runAt <= now),
  );
  await schedule(
    session,
    having('pending').filter(({ runAt }) => runAt > now),
  );
  await makeReady(session, having('processing'), 'scalectl_queue_suspect');
  await insertRows(
    session,
    '/* scalectl:queue */ INSERT INTO scalectl_queue_done (job_id, type, status, finished_at, result) VALUES ?',
    having('completed').map((job) => [
      job.id,
      job.type,
      'completed',
      job.completedAt ?? now,
      job.result,
    ]),
  );
  const failed = having('failed');
  await insertRows(
    session,
    '/* scalectl:queue */ INSERT INTO scalectl_queue_dead (job_id, type, reason) VALUES ?',
    failed.map((job) => [job.id, job.type, 'imported']),
  );
  await insertRows(
    session,
    '/* scalectl:queue */ INSERT INTO scalectl_queue_failures (job_id, attempt, reason, message) VALUES ?',
    jobs
      .filter(({ status, error }) => status === 'failed' || error !== null)
      .map((job) => [
        job.id,
        job.attempts,
        'imported',
        (job.error ?? 'failed before it was imported').slice(0, 4000),
      ]),
  );
}
