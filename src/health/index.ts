import type { Config } from '../config/settings/index.ts';
import type { Database } from '../database/types.ts';
import { asReach } from './reach.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { Area } from './check.ts';
import { watchCounters } from './counters.ts';
import { runChecks } from './run.ts';
import { readQueueFigures } from './queue-figures.ts';
import type { HealthReport } from './run.ts';

export { exitCodeOf } from './run.ts';

export interface HealthOptions {
  config: Config;
  /** Opens the database; called once. Null when none is configured. */
  openDatabase: (() => Promise<Database>) | null;
  openRedis: (() => Promise<RedisClient>) | null;
  only?: readonly Area[];
  isStrict?: boolean;
  windowMs?: number;
  signal: AbortSignal;
}

/** One look at the platform: connects, watches the counters for the window, runs the checks, gives the verdict. */
export async function checkHealth(options: HealthOptions): Promise<HealthReport> {
  const { config, signal } = options;
  const wants = (...areas: Area[]): boolean =>
    !options.only?.length || areas.some((area) => options.only?.includes(area));
  const [database, redis] = await Promise.all([
    asReach(wants('database', 'queue') ? options.openDatabase : null),
    asReach(wants('cache') ? options.openRedis : null),
  ]);
  const counters = await watchCounters({
    database: wants('database') && database.state === 'connected' ? database.connection : null,
    redis: redis.state === 'connected' ? redis.connection : null,
    windowMs: options.windowMs ?? config.health.window,
    signal,
  });
  const queue = await readQueueFigures(wants('queue') ? database : { state: 'not-configured' });
  return runChecks(
    { config, database, redis, counters, queue, signal },
    { only: options.only ?? [], isStrict: options.isStrict ?? false },
  );
}
