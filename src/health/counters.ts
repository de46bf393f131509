import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/types.ts';
import type { RedisClient } from '../redis/connect.ts';
import { readCacheCounters } from './cache-counters.ts';
import type { CacheCounters } from './cache-counters.ts';
import { readDatabaseCounters } from './database-counters.ts';
import type { DatabaseCounters } from './database-counters.ts';

/** Counters at both ends of the window; null where the server is not there or does not tell. */
export interface CounterWindow {
  windowMs: number;
  database: { first: DatabaseCounters; last: DatabaseCounters } | null;
  cache: { first: CacheCounters; last: CacheCounters } | null;
}

/** Reads the counters, waits, reads them again. Both servers are watched in the same time. */
export async function watchCounters(options: {
  database: Database | null;
  redis: RedisClient | null;
  windowMs: number;
  signal: AbortSignal;
}): Promise<CounterWindow> {
  const { database, redis, signal } = options;
  // Nothing to watch: the bad news should not wait.
  if (!database && !redis) return { windowMs: 0, database: null, cache: null };
  const read = async (): Promise<[DatabaseCounters | null, CacheCounters | null]> =>
    Promise.all([
      database && readDatabaseCounters(database, signal),
      redis && readCacheCounters(redis),
    ]);
  const startedAt = performance.now();
  const [firstDatabase, firstCache] = await read();
  await sleep(options.windowMs, undefined, { signal });
  const [lastDatabase, lastCache] = await read();
  return {
    windowMs: Math.round(performance.now() - startedAt),
    database: firstDatabase && lastDatabase && { first: firstDatabase, last: lastDatabase },
    cache: firstCache && lastCache && { first: firstCache, last: lastCache },
  };
}
