import type { Config } from '../config/settings/index.ts';
import type { Database } from '../database/types.ts';
import type { ScalectlError } from '../errors.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { CounterWindow } from './counters.ts';
import type { QueueFigures } from './queue-figures.ts';

export const areas = ['database', 'cache', 'queue', 'http', 'host', 'schedule'] as const;
export type Area = (typeof areas)[number];

/** `skipped`: not configured, not applicable or no traffic; it does not count in the verdict. */
export type Status = 'ok' | 'warning' | 'critical' | 'unknown' | 'skipped';

/** One finding of a check, as `health --json` prints it. */
export interface CheckResult {
  id: string;
  area: Area;
  status: Status;
  message: string;
  observed: number | null;
  target: number | null;
  unit: string | null;
  /** How many statements, lookups or requests the figure rests on; null for a state of now. */
  sampleSize: number | null;
  windowMs: number | null;
  /** Where the figure comes from. */
  source: string;
  /** What to do about it, or how to make it measurable. */
  advice: string | null;
}

/** A server that was asked for: connected, not configured, or out of reach. */
export type Reach<T> =
  | { state: 'connected'; connection: T; connectMs: number }
  | { state: 'not-configured' }
  | { state: 'failed'; error: ScalectlError };

export interface HealthContext {
  config: Config;
  database: Reach<Database>;
  redis: Reach<RedisClient>;
  /** Counters of database and cache, read twice. Taken before any check runs, so that checks do not count themselves. */
  counters: CounterWindow;
  /** Read once; `no-queue` when the area was not asked for. */
  queue: QueueFigures;
  signal: AbortSignal;
}

export interface Check {
  id: string;
  area: Area;
  /** A required check that cannot be measured makes the whole verdict unknown. */
  isRequired: boolean;
  run(context: HealthContext): Finding | Promise<Finding>;
}

/** What a check found; the frame adds id and area. */
export type Finding = Omit<CheckResult, 'id' | 'area'>;

export function skipped(message: string, source: string): Finding {
  return { ...empty, status: 'skipped', message, source };
}

export function unknown(message: string, source: string, advice: string): Finding {
  return { ...empty, status: 'unknown', message, source, advice };
}

const empty = {
  observed: null,
  target: null,
  unit: null,
  sampleSize: null,
  windowMs: null,
  advice: null,
} as const;

/** A connected server, or the finding that says why there is none. */
export function connected<T>(
  reach: Reach<T>,
  name: string,
): { connection: T } | { finding: Finding } {
  if (reach.state === 'connected') return { connection: reach.connection };
  return {
    finding: skipped(
      `${name} is ${reach.state === 'failed' ? 'not reachable' : 'not configured'}`,
      name,
    ),
  };
}
