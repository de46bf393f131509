import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheCounters, CacheDriver } from './driver.ts';

export interface CacheStats {
  driver: 'redis' | 'file';
  label: string;
  /** Keys in the database; the file driver counts expired ones that still lie there too. */
  keys: number;
  memoryBytes: number;
  /** Within the window, of all clients. Null where the driver does not count. */
  hits: number | null;
  misses: number | null;
  /** 0 to 1; null when nobody read anything in the window. */
  hitRate: number | null;
  /** How long the counters were really watched. */
  windowMs: number;
  evictedKeys: number | null;
  expiredKeys: number | null;
  /** The same since the server started or its counters were reset: old news, kept apart. */
  sinceRestart: {
    hits: number;
    misses: number;
    hitRate: number | null;
    evictedKeys: number;
    expiredKeys: number;
    uptimeMs: number;
  } | null;
}

/**
 * Watches the counters for a window. scalectl itself reads no key meanwhile, so that the figures are those of the
 * platform. An aborted signal ends the window early.
 */
export async function measureCache(
  driver: CacheDriver,
  options: { windowMs: number; signal: AbortSignal },
): Promise<CacheStats> {
  const before = await driver.counters();
  if (before.hits === null) return statsOf(driver, before, before, 0);
  const startedAt = performance.now();
  await sleep(options.windowMs, undefined, { signal: options.signal }).catch(ignoreAbort);
  const after = await driver.counters();
  return statsOf(driver, before, after, performance.now() - startedAt);
}

/** The figures of a window from the counters at its two ends. */
export function statsOf(
  driver: Pick<CacheDriver, 'name' | 'label'>,
  before: CacheCounters,
  after: CacheCounters,
  windowMs: number,
): CacheStats {
  const within = (name: 'hits' | 'misses' | 'evictedKeys' | 'expiredKeys'): number | null => {
    const [start, end] = [before[name], after[name]];
    if (start === null || end === null) return null;
    // Smaller than before: a restart or CONFIG RESETSTAT in between, so all of it is of the window.
    return end < start ? end : end - start;
  };
  const [hits, misses] = [within('hits'), within('misses')];
  return {
    driver: driver.name,
    label: driver.label,
    keys: after.keys,
    memoryBytes: after.memoryBytes,
    hits,
    misses,
    hitRate: rateOf(hits, misses),
    windowMs: Math.round(windowMs),
    evictedKeys: within('evictedKeys'),
    expiredKeys: within('expiredKeys'),
    sinceRestart: sinceRestart(after),
  };
}

function sinceRestart(counters: CacheCounters): CacheStats['sinceRestart'] {
  const { hits, misses, evictedKeys, expiredKeys, uptimeMs } = counters;
  if (hits === null || misses === null || uptimeMs === null) return null;
  return {
    hits,
    misses,
    hitRate: rateOf(hits, misses),
    evictedKeys: evictedKeys ?? 0,
    expiredKeys: expiredKeys ?? 0,
    uptimeMs,
  };
}

function rateOf(hits: number | null, misses: number | null): number | null {
  return hits === null || misses === null || hits + misses === 0 ? null : hits / (hits + misses);
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}
