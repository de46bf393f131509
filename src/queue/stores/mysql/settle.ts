import type { Session } from '../../../database/types.ts';
import type { ClaimedJob, Failure, JobId, Settlement } from '../../job.ts';
import { makeReady } from './add.ts';
import { insertRows, portionsOf } from './insert-rows.ts';
import { releaseKeys, releaseKeysAndWindows } from './unique-keys.ts';

/** A column of TEXT holds 64 KB; a message is a sentence, what the handler wrote is the output. */
const mostMessageLength = 4000;

/** Writes down what became of jobs. The caller has locked the claim that they belong to, and takes them out of it. */
export async function settle(
  session: Session,
  settled: readonly Settlement[],
  releaseTo: 'scalectl_queue_ready' | 'scalectl_queue_suspect' = 'scalectl_queue_ready',
): Promise<void> {
  const completed = settled.filter((each) => each.kind === 'completed');
  const retried = settled.filter((each) => each.kind === 'retried');
  const dead = settled.filter((each) => each.kind === 'dead');
  const released = settled.filter((each) => each.kind === 'released');
  await insertRows(
    session,
    '/* scalectl:queue */ INSERT INTO scalectl_queue_done (job_id, type, status, run_ms, result) VALUES ?',
    completed.map(({ job, runMs, result }) => [
      job.id,
      job.type,
      'completed',
      Math.round(runMs),
      result,
    ]),
  );
  await recordFailures(
    session,
    retried.filter(({ isCharged }) => isCharged),
  );
  await recordPostponements(
    session,
    retried.filter(({ isCharged }) => !isCharged),
  );
  await scheduleIn(session, retried);
  await recordFailures(session, dead);
  await insertRows(
    session,
    '/* scalectl:queue */ INSERT INTO scalectl_queue_dead (job_id, type, reason) VALUES ?',
    dead.map(({ job, failure }) => [job.id, job.type, failure.reason]),
  );
  await makeReady(
    session,
    released.map(({ job }) => job),
    releaseTo,
  );
  await releaseKeys(session, idsOfKeyed(completed));
  await releaseKeysAndWindows(session, idsOfKeyed(dead));
}

function idsOfKeyed(settled: readonly { job: ClaimedJob }[]): JobId[] {
  return settled.filter(({ job }) => job.hasUniqueKey).map(({ job }) => job.id);
}

/** One more failed attempt for each of these jobs, with its error. */
export async function recordFailures(
  session: Session,
  failed: readonly { job: ClaimedJob; failure: Failure }[],
): Promise<void> {
  await insertFailures(session, failed);
  for (const portion of portionsOf(failed)) {
    await session.write(
      '/* scalectl:queue */ UPDATE scalectl_queue_jobs SET attempts = attempts + 1 WHERE id IN (?)',
      [portion.map(({ job }) => job.id)],
    );
  }
}

/** Of postponements only the newest is kept: a job may wait for something all day. */
async function recordPostponements(
  session: Session,
  postponed: readonly { job: ClaimedJob; failure: Failure }[],
): Promise<void> {
  for (const portion of portionsOf(postponed)) {
    const ids = portion.map(({ job }) => job.id);
    await session.write(
      "/* scalectl:queue */ DELETE FROM scalectl_queue_failures WHERE job_id IN (?) AND reason = 'postponed'",
      [ids],
    );
    await session.write(
      '/* scalectl:queue */ UPDATE scalectl_queue_jobs SET postponements = LEAST(postponements + 1, 65535) WHERE id IN (?)',
      [ids],
    );
  }
  await insertFailures(session, postponed);
}

async function insertFailures(
  session: Session,
  failed: readonly { job: ClaimedJob; failure: Failure }[],
): Promise<void> {
  await insertRows(
    session,
    '/* scalectl:queue */ INSERT INTO scalectl_queue_failures (job_id, attempt, reason, message, output) VALUES ?',
    failed.map(({ job, failure }) => [
      job.id,
      job.attempts + 1,
      failure.reason,
      failure.message.slice(0, mostMessageLength),
      failure.output,
    ]),
  );
}

async function scheduleIn(
  session: Session,
  retried: readonly { job: ClaimedJob; delayMs: number }[],
): Promise<void> {
  for (const portion of portionsOf(retried)) {
    await session.write(
      `/* scalectl:queue */ INSERT INTO scalectl_queue_scheduled (run_at, id, priority, type) VALUES
       ${portion.map(() => '(UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND, ?, ?, ?)').join(', ')}`,
      portion.flatMap(({ job, delayMs }) => [
        Math.round(delayMs) * 1000,
        job.id,
        job.priority,
        job.type,
      ]),
    );
  }
}
