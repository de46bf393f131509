import type { LoadedConfig } from '../config/load.ts';
import type { Database } from '../database/types.ts';
import type { Reach } from '../health/check.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { SiteRound } from '../schedule/site-round.ts';
import type { ScheduleTarget } from '../schedule/target.ts';

export type PartArea = 'database' | 'cache' | 'queue' | 'schedule' | 'files';

/** What came of using a part. `skipped`: it is not configured, or cannot be used here; the reason is the message. */
export interface Proof {
  status: 'works' | 'failed' | 'skipped';
  message: string;
  /** What to do about it; null when there is nothing to do. */
  advice: string | null;
  /** The command that does it, or shows more; null when there is none. */
  next: string | null;
}

/** One line of `doctor --json`. */
export interface PartReport extends Proof {
  id: string;
  area: PartArea;
  durationMs: number;
}

export interface DoctorContext {
  loaded: LoadedConfig;
  /** Connects at the first call; the same answer at every one. */
  reachDatabase: () => Promise<Reach<Database>>;
  openRedis: () => Promise<RedisClient>;
  /** A Redis was named for this run, whatever the platform uses. */
  isRedisAsked: boolean;
  site: SiteRound;
  target: ScheduleTarget;
  signal: AbortSignal;
}

/** A part of the product that is proven by using it. What it throws is a failure of the part. */
export interface Part {
  id: string;
  area: PartArea;
  prove(context: DoctorContext): Promise<Proof> | Proof;
}

export function works(message: string): Proof {
  return { status: 'works', message, advice: null, next: null };
}

export function failed(
  message: string,
  advice: string | null,
  next = 'scalectl config show --changed',
): Proof {
  return { status: 'failed', message, advice, next };
}

/** @param todo what makes the part work here: advice in words, or the command that does it */
export function skipped(message: string, todo: { advice?: string; next?: string } = {}): Proof {
  const { next = null, advice = next === null ? null : `Run ${next}` } = todo;
  return { status: 'skipped', message, advice, next };
}

/** The connected database, or the proof that there is nothing to try. */
export async function databaseOf(
  context: DoctorContext,
): Promise<{ database: Database } | { proof: Proof }> {
  const database = await context.reachDatabase();
  if (database.state === 'connected') return { database: database.connection };
  const why =
    database.state === 'failed' ? 'the database does not answer' : 'no database is configured';
  return { proof: skipped(why) };
}
