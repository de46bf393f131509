import { setTimeout as sleep } from 'node:timers/promises';
import type { Flavor } from '../../database/flavor.ts';
import type { Database, PinnedSession } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';
import { isNoWorkload } from '../evidence/not-workload.ts';
import { ObservedFold } from './fold.ts';
import type { ObservedForm, Running } from './fold.ts';
import { processorMsOfSample, sampleTag, startProfiling } from './own-load.ts';

export interface ObserveOptions {
  readonly durationMs: number;
  /** Samples a second; fewer are taken where the server answers slowly. */
  readonly hz: number;
  /** Called now and then with all that was seen until then: a process that is killed loses little. */
  readonly keep: (forms: readonly ObservedForm[]) => Promise<void>;
  readonly keepEveryMs: number;
  readonly onProgress: (state: { elapsedMs: number; samples: number; forms: number }) => void;
  /** Aborting ends it early, with what was seen. */
  readonly signal: AbortSignal;
}

export interface Observation {
  readonly startedAt: Date;
  readonly durationMs: number;
  /** How often the list of threads was read. */
  readonly samples: number;
  /** What the samples cost the server at most, as a share of one core from 0 to 1. */
  readonly load: number;
  /**
   * The server's own count of processor time, which some systems give for the whole process; or the round trips, which
   * hold the way there and the time that a busy server lets them wait. Both are upper bounds.
   */
  readonly loadBy: 'processor-time' | 'round-trips';
  /** Without PROCESS an account sees its own threads alone. */
  readonly seesAllAccounts: boolean;
  /** Those that took the most time first. */
  readonly forms: readonly ObservedForm[];
  /** Samples that could not be used: cut off by the server at 64 KB, not to be read, or of one form too many. */
  readonly unused: { readonly cut: number; readonly unreadable: number; readonly beyond: number };
  /** What ended it before its time, such as a server that went away; null when nothing did. */
  readonly failure: ScalectlError | null;
}

/** A server that answers slowly is busy: reading its list of threads takes at most this share of the time. */
const largestShare = 0.1;

/**
 * Looks at the list of threads again and again, over one connection, and puts the statements that run in this
 * database together by form. Needs no privilege: an account always sees its own threads. A statement is seen the more
 * surely the longer it runs; short ones are seen by chance.
 */
export async function observe(database: Database, options: ObserveOptions): Promise<Observation> {
  await using session = await database.pin();
  const isProfiled = await startProfiling(session);
  const seesAllAccounts = await hasProcess(session);
  const fold = new ObservedFold();
  const startedAt = new Date();
  const { samples, spentMs, durationMs, failure } = await sample(session, database, fold, options);
  const processorMs = isProfiled && failure === null ? await processorMsOfSample(session) : null;
  const costMs = processorMs === null ? spentMs : processorMs * samples;
  return {
    startedAt,
    durationMs: Math.round(durationMs),
    samples,
    load: durationMs > 0 ? costMs / durationMs : 0,
    loadBy: processorMs === null ? 'round-trips' : 'processor-time',
    seesAllAccounts,
    forms: fold.ranked(),
    unused: { cut: fold.cut, unreadable: fold.unreadable, beyond: fold.beyond },
    failure,
  };
}

interface Sampled {
  samples: number;
  /** In round trips. */
  spentMs: number;
  durationMs: number;
  failure: ScalectlError | null;
}

/** Until the time is over, the signal is aborted, or the server goes away. */
async function sample(
  session: PinnedSession,
  database: Database,
  fold: ObservedFold,
  options: ObserveOptions,
): Promise<Sampled> {
  const intervalMs = 1000 / options.hz;
  const begin = performance.now();
  const sampled: Sampled = { samples: 0, spentMs: 0, durationMs: 0, failure: null };
  let last: number | null = null;
  let keptAt = begin;
  while (performance.now() - begin < options.durationMs && !options.signal.aborted) {
    try {
      const now = performance.now();
      const running = await readRunning(session, database);
      const tookMs = performance.now() - now;
      // The first sample has none before it.
      fold.add(running, last === null ? intervalMs : now - last, new Date());
      last = now;
      sampled.samples += 1;
      sampled.spentMs += tookMs;
      const { samples } = sampled;
      options.onProgress({ elapsedMs: Math.round(now - begin), samples, forms: fold.forms.size });
      if (now - keptAt >= options.keepEveryMs) {
        await options.keep(fold.ranked());
        keptAt = now;
      }
      const pauseMs = Math.max(intervalMs - tookMs, tookMs / largestShare - tookMs);
      const leftMs = options.durationMs - (performance.now() - begin);
      await pause(Math.max(0, Math.min(pauseMs, leftMs)), options.signal);
    } catch (error) {
      // What was seen until then is kept.
      if (!(error instanceof ScalectlError) || sampled.samples === 0) throw error;
      sampled.failure = error;
      break;
    }
  }
  sampled.durationMs = performance.now() - begin;
  return sampled;
}

interface ThreadRow {
  thread: number | string;
  text: string | Buffer;
  queryId: number | string | null;
  seconds: number | string;
}

async function readRunning(session: PinnedSession, database: Database): Promise<Running[]> {
  const rows = await session.read<ThreadRow>(
    `/* scalectl:optimize-db ${sampleTag} */ SELECT ID AS thread, INFO AS text, ${threadColumns(database.flavor)}
     FROM information_schema.PROCESSLIST
     WHERE DB = ? AND COMMAND IN ('Query', 'Execute') AND INFO IS NOT NULL AND ID <> CONNECTION_ID()`,
    [database.target.database],
  );
  return rows
    .map((row) => ({
      thread: Number(row.thread),
      text: row.text.toString(),
      queryId: row.queryId === null ? null : Number(row.queryId),
      seconds: Number(row.seconds),
    }))
    .filter(({ text }) => !isNoWorkload(text));
}

function threadColumns(flavor: Flavor): string {
  return flavor.numbersQueries
    ? 'QUERY_ID AS queryId, TIME_MS / 1000 AS seconds'
    : 'NULL AS queryId, TIME AS seconds';
}

async function hasProcess(session: PinnedSession): Promise<boolean> {
  try {
    const [row] = await session.read<{ other: number | string }>(
      `/* scalectl:optimize-db */ SELECT COUNT(*) AS other FROM information_schema.USER_PRIVILEGES
       WHERE PRIVILEGE_TYPE = 'PROCESS'
         AND GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')`,
    );
    return Number(row?.other ?? 0) > 0;
  } catch (error) {
    if (error instanceof ScalectlError && error.code === 'privilege-missing') return false;
    throw error;
  }
}

/** Ends at once when the signal is aborted. */
async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(durationMs, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
