import type { Database, Session } from '../../../database/types.ts';
import type { FailureReason, JobId, JobStatus } from '../../job.ts';
import type { JobDetails } from '../../store.ts';
import { toSummary } from './list.ts';
import type { SummaryRow } from './list.ts';
import { parseIds } from './own-claim.ts';

interface JobRow extends Omit<SummaryRow, 'at' | 'last_error'> {
  data: string;
  postponements: number;
  max_attempts: number | null;
  unique_key: string | null;
  run_at: Date | null;
  inbox: number | null;
  is_inbox_due: number;
}

interface Standing {
  status: JobStatus;
  at: Date | null;
  isSuspect?: boolean;
  worker?: JobDetails['worker'];
  runMs?: number | null;
  result?: string | null;
}

/** Everything about one job, as it stood at one moment; null when there is no such job (any more). */
export async function findJob(database: Database, id: JobId): Promise<JobDetails | null> {
  return database.transaction(
    async (session) => {
      const [job] = await session.read<JobRow>(
        `/* scalectl:queue */ SELECT id, type, data, priority, attempts, postponements, max_attempts, unique_key, created_at,
           run_at, inbox, run_at IS NULL OR run_at <= UTC_TIMESTAMP(3) AS is_inbox_due
         FROM scalectl_queue_jobs WHERE id = ?`,
        [id],
      );
      if (!job) return null;
      const standing = await findStanding(session, job);
      const failures = await readFailures(session, id);
      const lastError = failures.at(-1)?.message ?? null;
      return {
        ...toSummary({ ...job, at: standing.at, last_error: lastError }, standing.status),
        data: job.data,
        postponements: job.postponements,
        maxAttempts: job.max_attempts,
        uniqueKey: job.unique_key,
        isSuspect: standing.isSuspect ?? false,
        worker: standing.worker ?? null,
        runMs: standing.runMs ?? null,
        result: standing.result ?? null,
        failures,
      };
    },
    { isolation: 'REPEATABLE READ' },
  );
}

async function findStanding(session: Session, job: JobRow): Promise<Standing> {
  if (job.inbox === 1) {
    return job.is_inbox_due === 1
      ? { status: 'pending', at: null }
      : { status: 'scheduled', at: job.run_at };
  }
  const [row] = await session.read<{
    is_ready: number;
    is_suspect: number;
    run_at: Date | null;
    is_due: number | null;
    died_at: Date | null;
  }>(
    `/* scalectl:queue */ SELECT
       EXISTS (SELECT 1 FROM scalectl_queue_ready WHERE priority = ? AND id = ?) AS is_ready,
       EXISTS (SELECT 1 FROM scalectl_queue_suspect WHERE priority = ? AND id = ?) AS is_suspect,
       (SELECT run_at FROM scalectl_queue_scheduled WHERE id = ?) AS run_at,
       (SELECT run_at <= UTC_TIMESTAMP(3) FROM scalectl_queue_scheduled WHERE id = ?) AS is_due,
       (SELECT died_at FROM scalectl_queue_dead WHERE job_id = ?) AS died_at`,
    [job.priority, job.id, job.priority, job.id, job.id, job.id, job.id],
  );
  if (row?.is_ready === 1) return { status: 'pending', at: null };
  if (row?.is_suspect === 1) return { status: 'pending', at: null, isSuspect: true };
  if (row?.run_at) return { status: row.is_due === 1 ? 'pending' : 'scheduled', at: row.run_at };
  if (row?.died_at) return { status: 'failed', at: row.died_at };
  return (await findDone(session, job.id)) ?? (await findClaim(session, job.id));
}

async function findDone(session: Session, id: JobId): Promise<Standing | null> {
  const [row] = await session.read<{
    status: 'completed' | 'cancelled';
    finished_at: Date;
    run_ms: number | null;
    result: string | null;
  }>(
    '/* scalectl:queue */ SELECT status, finished_at, run_ms, result FROM scalectl_queue_done WHERE job_id = ?',
    [id],
  );
  return row
    ? { status: row.status, at: row.finished_at, runMs: row.run_ms, result: row.result }
    : null;
}

async function findClaim(session: Session, id: JobId): Promise<Standing> {
  const rows = await session.read<{
    host: string;
    pid: number;
    lease_until: Date;
    is_suspect: number;
    jobs: string;
  }>(
    '/* scalectl:queue */ SELECT host, pid, lease_until, is_suspect, jobs FROM scalectl_queue_claims WHERE FIND_IN_SET(?, jobs)',
    [String(id)],
  );
  const row = rows.find(({ jobs }) => parseIds(jobs).includes(id));
  // Every job is somewhere: whoever deletes rows by hand gets to see it as being worked on by nobody.
  if (!row) return { status: 'processing', at: null };
  return {
    status: 'processing',
    at: null,
    isSuspect: row.is_suspect === 1,
    worker: { host: row.host, pid: row.pid, leaseUntil: row.lease_until.toISOString() },
  };
}

const mostFailures = 20;

/** The first one and the newest ones. */
async function readFailures(session: Session, id: JobId): Promise<JobDetails['failures']> {
  const rows = await session.read<{
    attempt: number;
    failed_at: Date;
    reason: FailureReason;
    message: string;
    output: string | null;
  }>(
    `/* scalectl:queue */ SELECT attempt, failed_at, reason, message, output FROM (
       (SELECT * FROM scalectl_queue_failures WHERE job_id = ? ORDER BY id LIMIT 1)
       UNION (SELECT * FROM scalectl_queue_failures WHERE job_id = ? ORDER BY id DESC LIMIT ${mostFailures})
     ) f ORDER BY id`,
    [id, id],
  );
  return rows.map(({ attempt, failed_at: failedAt, reason, message, output }) => ({
    attempt,
    failedAt: failedAt.toISOString(),
    reason,
    message,
    output,
  }));
}
