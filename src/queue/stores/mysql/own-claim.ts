import type { Session } from '../../../database/types.ts';
import type { JobId } from '../../job.ts';
import { LeaseLost } from '../../store.ts';

/** What the row of a worker says. */
export interface OwnClaim {
  revision: number;
  jobs: JobId[];
  isSuspect: boolean;
}

/** Registers a worker that holds nothing yet. Running it twice is the same as once. */
export async function registerWorker(
  session: Session,
  worker: { id: string; host: string; pid: number; leaseMs: number },
): Promise<void> {
  await session.write(
    `/* scalectl:queue */ INSERT INTO scalectl_queue_claims (worker, host, pid, lease_until, revision, jobs)
     VALUES (?, ?, ?, UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND, 0, '')
     ON DUPLICATE KEY UPDATE lease_until = VALUES(lease_until)`,
    [worker.id, worker.host.slice(0, 255), worker.pid, worker.leaseMs * 1000],
  );
}

/**
 * Locks the worker's row, so that nobody can take its jobs before the transaction ends.
 * @throws LeaseLost when the row is gone
 */
export async function lockOwnClaim(session: Session, worker: string): Promise<OwnClaim> {
  const [row] = await session.read<{ revision: number; jobs: string; is_suspect: number }>(
    '/* scalectl:queue */ SELECT revision, jobs, is_suspect FROM scalectl_queue_claims WHERE worker = ? FOR UPDATE',
    [worker],
  );
  if (!row) throw new LeaseLost();
  return { revision: row.revision, jobs: parseIds(row.jobs), isSuspect: row.is_suspect === 1 };
}

export async function writeOwnClaim(
  session: Session,
  worker: string,
  claim: OwnClaim & { leaseMs: number },
): Promise<void> {
  const { affectedRows } = await session.write(
    `/* scalectl:queue */ UPDATE scalectl_queue_claims
     SET revision = ?, jobs = ?, size = ?, is_suspect = ?, lease_until = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND
     WHERE worker = ?`,
    [
      claim.revision,
      claim.jobs.join(','),
      claim.jobs.length,
      claim.isSuspect ? 1 : 0,
      claim.leaseMs * 1000,
      worker,
    ],
  );
  if (affectedRows !== 1) throw new LeaseLost();
}

/** @throws LeaseLost when the row is gone */
export async function extendLease(
  session: Session,
  worker: string,
  leaseMs: number,
): Promise<void> {
  const { affectedRows } = await session.write(
    `/* scalectl:queue */ UPDATE scalectl_queue_claims
     SET lease_until = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND WHERE worker = ?`,
    [leaseMs * 1000, worker],
  );
  if (affectedRows !== 1) throw new LeaseLost();
}

/** A worker that holds jobs keeps its row: they come back when its lease has run out. */
export async function unregisterWorker(session: Session, worker: string): Promise<void> {
  await session.write(
    '/* scalectl:queue */ DELETE FROM scalectl_queue_claims WHERE worker = ? AND size = 0',
    [worker],
  );
}

export function parseIds(text: string): JobId[] {
  return text === '' ? [] : text.split(',').map(Number);
}
