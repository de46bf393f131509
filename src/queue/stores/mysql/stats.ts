import type { Database, Session } from '../../../database/types.ts';
import { priorityLabel } from '../../job.ts';
import type { JobId, JobStatus } from '../../job.ts';
import type { QueueStats, StatusCounts } from '../../store.ts';
import { portionsOf } from './insert-rows.ts';
import { parseIds } from './own-claim.ts';

interface WaitingRow {
  type: string;
  priority: number;
  is_due: number;
  jobs: number;
  since: Date;
}

const waitingStatement = `/* scalectl:queue */
  SELECT type, priority, 1 AS is_due, COUNT(*) AS jobs, MIN(ready_at) AS since
    FROM scalectl_queue_ready GROUP BY type, priority
  UNION ALL SELECT type, priority, 1, COUNT(*), MIN(ready_at)
    FROM scalectl_queue_suspect GROUP BY type, priority
  UNION ALL SELECT type, priority, run_at <= UTC_TIMESTAMP(3), COUNT(*), MIN(run_at)
    FROM scalectl_queue_scheduled GROUP BY type, priority, run_at <= UTC_TIMESTAMP(3)
  UNION ALL SELECT type, priority, run_at IS NULL OR run_at <= UTC_TIMESTAMP(3), COUNT(*), MIN(COALESCE(run_at, created_at))
    FROM scalectl_queue_jobs WHERE inbox = 1
    GROUP BY type, priority, run_at IS NULL OR run_at <= UTC_TIMESTAMP(3)`;

/** Counts every job once: all statements see the same moment. */
export async function readStats(database: Database): Promise<QueueStats> {
  return database.transaction(
    async (session) => {
      const [clock] = await session.read<{ now: Date }>(
        '/* scalectl:queue */ SELECT UTC_TIMESTAMP(3) AS now',
      );
      const now = clock?.now ?? new Date();
      const waiting = await session.read<WaitingRow>(waitingStatement);
      const counts = new Counts();
      for (const row of waiting) {
        counts.add(row.type, row.is_due === 1 ? 'pending' : 'scheduled', row.jobs);
      }
      for (const { type, jobs } of await countProcessing(session)) {
        counts.add(type, 'processing', jobs);
      }
      const finished = await session.read<{ type: string; status: JobStatus; jobs: number }>(
        `/* scalectl:queue */ SELECT type, status, COUNT(*) AS jobs FROM scalectl_queue_done GROUP BY type, status
         UNION ALL SELECT type, 'failed', COUNT(*) FROM scalectl_queue_dead GROUP BY type`,
      );
      for (const { type, status, jobs } of finished) counts.add(type, status, jobs);
      const paused = await session.read<{ type: string }>(
        '/* scalectl:queue */ SELECT type FROM scalectl_queue_paused ORDER BY type',
      );
      return {
        ...counts.all,
        total: Object.values<number>(counts.all).reduce((sum, jobs) => sum + jobs, 0),
        oldestPendingAgeMs: oldestAge(waiting, now),
        paused: paused.map(({ type }) => type),
        byType: Object.fromEntries([...counts.byType].sort(([a], [b]) => (a < b ? -1 : 1))),
        byPriority: pendingByPriority(waiting),
        countedAt: now.toISOString(),
      };
    },
    { isolation: 'REPEATABLE READ' },
  );
}

export function emptyStats(now: Date): QueueStats {
  return {
    ...noJobs(),
    total: 0,
    oldestPendingAgeMs: null,
    paused: [],
    byType: {},
    byPriority: pendingByPriority([]),
    countedAt: now.toISOString(),
  };
}

class Counts {
  readonly all = noJobs();
  readonly byType = new Map<string, StatusCounts>();

  add(type: string, status: JobStatus, jobs: number): void {
    let own = this.byType.get(type);
    if (!own) this.byType.set(type, (own = noJobs()));
    own[status] += jobs;
    this.all[status] += jobs;
  }
}

function noJobs(): StatusCounts {
  return { pending: 0, scheduled: 0, processing: 0, completed: 0, failed: 0, cancelled: 0 };
}

async function countProcessing(session: Session): Promise<{ type: string; jobs: number }[]> {
  const claims = await session.read<{ jobs: string }>(
    '/* scalectl:queue */ SELECT jobs FROM scalectl_queue_claims WHERE size > 0',
  );
  const ids: JobId[] = claims.flatMap(({ jobs }) => parseIds(jobs));
  const counted: { type: string; jobs: number }[] = [];
  for (const portion of portionsOf(ids)) {
    counted.push(
      ...(await session.read<{ type: string; jobs: number }>(
        '/* scalectl:queue */ SELECT type, COUNT(*) AS jobs FROM scalectl_queue_jobs WHERE id IN (?) GROUP BY type',
        [portion],
      )),
    );
  }
  return counted;
}

function oldestAge(waiting: readonly WaitingRow[], now: Date): number | null {
  const since = waiting.filter((row) => row.is_due === 1).map((row) => row.since.getTime());
  return since.length === 0 ? null : Math.max(0, now.getTime() - Math.min(...since));
}

function pendingByPriority(waiting: readonly WaitingRow[]): Record<string, number> {
  const counts: Record<string, number> = { high: 0, normal: 0, low: 0 };
  for (const { priority, is_due: isDue, jobs } of waiting) {
    const label = priorityLabel(priority);
    if (isDue === 1) counts[label] = (counts[label] ?? 0) + jobs;
  }
  return counts;
}
