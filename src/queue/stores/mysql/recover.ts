import type { Session } from '../../../database/types.ts';
import type { ClaimedJob, Failure } from '../../job.ts';
import { makeReady } from './add.ts';
import { readJobs } from './claimed-jobs.ts';
import { lockOwnClaim } from './own-claim.ts';
import { recordFailures, settle } from './settle.ts';
import { LeaseLost } from '../../store.ts';

export interface Recovered {
  returned: number;
  deadLettered: number;
}

/**
 * Takes back the jobs of workers whose lease has run out. Needs the lock of the claims. Nobody is charged for what a
 * whole batch was part of: its jobs become suspect. A suspect that was claimed alone is charged, as nothing else can
 * have ended its worker.
 */
export async function recoverExpired(
  session: Session,
  self: string,
  maxAttemptsOf: (type: string) => number,
): Promise<Recovered> {
  // Without locks first: locking while looking would wait for the row of every living worker.
  const expired = await session.read<{ worker: string }>(
    '/* scalectl:queue */ SELECT worker FROM scalectl_queue_claims WHERE lease_until < UTC_TIMESTAMP(3) AND worker <> ?',
    [self],
  );
  const total: Recovered = { returned: 0, deadLettered: 0 };
  for (const { worker } of expired) {
    const { returned, deadLettered } = await recoverWorker(session, worker, maxAttemptsOf);
    total.returned += returned;
    total.deadLettered += deadLettered;
  }
  return total;
}

async function recoverWorker(
  session: Session,
  worker: string,
  maxAttemptsOf: (type: string) => number,
): Promise<Recovered> {
  const claim = await lockOwnClaim(session, worker).catch((error: unknown) => {
    if (error instanceof LeaseLost) return null;
    throw error;
  });
  if (!claim) return { returned: 0, deadLettered: 0 };
  const { affectedRows } = await session.write(
    '/* scalectl:queue */ DELETE FROM scalectl_queue_claims WHERE worker = ? AND lease_until < UTC_TIMESTAMP(3)',
    [worker],
  );
  // It came back to life between the two looks.
  if (affectedRows === 0) return { returned: 0, deadLettered: 0 };
  const jobs = await readJobs(session, claim.jobs);
  if (!claim.isSuspect) {
    await makeReady(session, jobs, 'scalectl_queue_suspect');
    return { returned: jobs.length, deadLettered: 0 };
  }
  const charged = jobs.map((job) => ({ job, failure: workerDied }));
  const isLast = ({ job }: { job: ClaimedJob }): boolean =>
    job.attempts + 1 >= (job.maxAttempts ?? maxAttemptsOf(job.type));
  const dead = charged.filter(isLast);
  const again = charged.filter((each) => !isLast(each));
  await settle(
    session,
    dead.map((each) => ({ ...each, kind: 'dead' })),
  );
  await recordFailures(session, again);
  await makeReady(
    session,
    again.map(({ job }) => job),
    'scalectl_queue_suspect',
  );
  return { returned: again.length, deadLettered: dead.length };
}

const workerDied: Failure = {
  reason: 'worker-died',
  message: 'the worker died while it ran this job alone',
  output: null,
};
