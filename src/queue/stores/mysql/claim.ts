import type { Session } from '../../../database/types.ts';
import { ScalectlError } from '../../../errors.ts';
import type { ClaimedJob, JobId } from '../../job.ts';
import type { Want } from '../../store.ts';
import { jobColumns, toClaimedJob } from './claimed-jobs.ts';
import type { JobRow } from './claimed-jobs.ts';
import { portionsOf } from './insert-rows.ts';
import { promoteDue, promoteInbox } from './promote.ts';
import { recoverExpired } from './recover.ts';
import type { Recovered } from './recover.ts';

export interface ClaimSource {
  worker: string;
  /** Empty: all. */
  types: readonly string[];
  maxAttemptsOf: (type: string) => number;
  isGuest?: boolean;
}

export interface Claimed {
  jobs: ClaimedJob[];
  isSuspect: boolean;
  suspectsWaiting: boolean;
  isUnfinished: boolean;
  recovered: Recovered;
}

/** What the claim has to look after, in one question. */
interface Surroundings {
  expired: number;
  inbox: number;
  due: number;
  suspects: number;
  paused: number;
}

/**
 * Takes jobs out of the ready ones, the most urgent first. The caller writes them into the worker's row in the same
 * transaction. One claim at a time is made in a database: a row lock that ends with the transaction. Unlike
 * GET_LOCK it cannot be left behind by a connection that returns to its pool, and it is let go before the commit
 * waits for the disk; unlike SKIP LOCKED it is there on MariaDB 10.5 and MySQL 5.7.
 */
export async function claim(session: Session, source: ClaimSource, want: Want): Promise<Claimed> {
  await lockControl(session, 'claim');
  const found = await lookAround(session, source.worker);
  const around = source.isGuest === true ? { ...found, expired: 0, inbox: 0, due: 0 } : found;
  const recovered =
    around.expired > 0
      ? await recoverExpired(session, source.worker, source.maxAttemptsOf)
      : { returned: 0, deadLettered: 0 };
  const isInboxLeft = around.inbox > 0 && (await promoteInbox(session));
  const isDueLeft = around.due > 0 && (await promoteDue(session));
  const filter = typeFilter(source.types, around.paused > 0 ? await readPaused(session) : []);
  const isUnfinished = isInboxLeft || isDueLeft;
  const nothing = { jobs: [], isSuspect: false, suspectsWaiting: false, isUnfinished, recovered };
  if (filter === null) return { ...nothing, isUnfinished: false };

  const suspects =
    around.suspects > 0 || recovered.returned > 0
      ? await select(session, 'scalectl_queue_suspect', filter, 1)
      : [];
  if (want.mayTakeSuspect && suspects.length > 0) {
    await remove(session, 'scalectl_queue_suspect', suspects);
    return { ...nothing, jobs: suspects, isSuspect: true };
  }
  const jobs = await select(session, 'scalectl_queue_ready', filter, want.count);
  await remove(session, 'scalectl_queue_ready', jobs);
  return { ...nothing, jobs, suspectsWaiting: suspects.length > 0 };
}

/**
 * Waits for a row that only one transaction at a time may hold.
 * @throws ScalectlError `operation-failed` when somebody has deleted the row: then nothing would be locked
 */
export async function lockControl(session: Session, name: 'claim' | 'import'): Promise<void> {
  const rows = await session.read(
    '/* scalectl:queue */ SELECT name FROM scalectl_queue_control WHERE name = ? FOR UPDATE',
    [name],
  );
  if (rows.length === 1) return;
  throw new ScalectlError('operation-failed', `scalectl_queue_control has no row '${name}'`, {
    hint: `INSERT INTO scalectl_queue_control (name) VALUES ('${name}') puts it back.`,
  });
}

/** Whether a claim could find anything, or has anything to look after. Takes no lock. */
export async function isAnythingDue(session: Session, worker: string): Promise<boolean> {
  const [row] = await session.read<{ is_due: number }>(
    `/* scalectl:queue */ SELECT EXISTS (SELECT 1 FROM scalectl_queue_ready)
       OR EXISTS (SELECT 1 FROM scalectl_queue_suspect)
       OR EXISTS (SELECT 1 FROM scalectl_queue_jobs WHERE inbox = 1)
       OR EXISTS (SELECT 1 FROM scalectl_queue_scheduled WHERE run_at <= UTC_TIMESTAMP(3))
       OR EXISTS (SELECT 1 FROM scalectl_queue_claims WHERE lease_until < UTC_TIMESTAMP(3) AND worker <> ?) AS is_due`,
    [worker],
  );
  return row?.is_due === 1;
}

async function lookAround(session: Session, worker: string): Promise<Surroundings> {
  const [row] = await session.read<Surroundings>(
    `/* scalectl:queue */ SELECT
       EXISTS (SELECT 1 FROM scalectl_queue_claims WHERE lease_until < UTC_TIMESTAMP(3) AND worker <> ?) AS expired,
       EXISTS (SELECT 1 FROM scalectl_queue_jobs WHERE inbox = 1) AS inbox,
       EXISTS (SELECT 1 FROM scalectl_queue_scheduled WHERE run_at <= UTC_TIMESTAMP(3)) AS due,
       EXISTS (SELECT 1 FROM scalectl_queue_suspect) AS suspects,
       EXISTS (SELECT 1 FROM scalectl_queue_paused) AS paused`,
    [worker],
  );
  return row ?? { expired: 0, inbox: 0, due: 0, suspects: 0, paused: 0 };
}

async function readPaused(session: Session): Promise<string[]> {
  const rows = await session.read<{ type: string }>(
    '/* scalectl:queue */ SELECT type FROM scalectl_queue_paused',
  );
  return rows.map(({ type }) => type);
}

interface TypeFilter {
  condition: string;
  values: unknown[];
}

/** Null when no type is left. */
function typeFilter(types: readonly string[], paused: readonly string[]): TypeFilter | null {
  if (paused.includes('*')) return null;
  if (types.length === 0) {
    return paused.length === 0
      ? { condition: '', values: [] }
      : { condition: 'WHERE type NOT IN (?)', values: [paused] };
  }
  const open = types.filter((type) => !paused.includes(type));
  return open.length === 0 ? null : { condition: 'WHERE type IN (?)', values: [open] };
}

type ReadyTable = 'scalectl_queue_ready' | 'scalectl_queue_suspect';

async function select(
  session: Session,
  table: ReadyTable,
  { condition, values }: TypeFilter,
  count: number,
): Promise<ClaimedJob[]> {
  const rows = await session.read<JobRow>(
    `/* scalectl:queue */ SELECT ${jobColumns}
     FROM (SELECT priority, id FROM ${table} ${condition} ORDER BY priority, id LIMIT ?) r
     STRAIGHT_JOIN scalectl_queue_jobs j ON j.id = r.id ORDER BY r.priority, r.id`,
    [...values, count],
  );
  return rows.map(toClaimedJob);
}

async function remove(
  session: Session,
  table: ReadyTable,
  jobs: readonly ClaimedJob[],
): Promise<void> {
  const byPriority = new Map<number, JobId[]>();
  for (const { priority, id } of jobs) {
    const ids = byPriority.get(priority);
    if (ids) ids.push(id);
    else byPriority.set(priority, [id]);
  }
  let removed = 0;
  for (const [priority, ids] of byPriority) {
    for (const portion of portionsOf(ids)) {
      const { affectedRows } = await session.write(
        `/* scalectl:queue */ DELETE FROM ${table} WHERE priority = ? AND id IN (?)`,
        [priority, portion],
      );
      removed += affectedRows;
    }
  }
  // Whoever takes rows out of this table holds the lock of the claims: anything else would run a job twice.
  if (removed !== jobs.length) {
    throw new Error(`${jobs.length} jobs were claimed, but ${removed} were there to be taken`);
  }
}
