import { expect, test } from 'vitest';
import type { CacheCounters } from '../../../src/cache/driver.ts';
import { statsOf } from '../../../src/cache/stats.ts';

const driver = { name: 'redis', label: '127.0.0.1:6379/0' } as const;

function counters(changed: Partial<CacheCounters>): CacheCounters {
  return {
    keys: 10,
    memoryBytes: 1000,
    hits: 0,
    misses: 0,
    evictedKeys: 0,
    expiredKeys: 0,
    uptimeMs: 60_000,
    ...changed,
  };
}

test('the hit rate is that of the window, not that since the restart', () => {
  const stats = statsOf(
    driver,
    counters({ hits: 1000, misses: 0, expiredKeys: 3 }),
    counters({ hits: 1030, misses: 10, expiredKeys: 5 }),
    1000.4,
  );
  expect(stats).toMatchObject({ hits: 30, misses: 10, hitRate: 0.75, expiredKeys: 2 });
  expect(stats.windowMs).toBe(1000);
  expect(stats.sinceRestart?.hitRate).toBeCloseTo(1030 / 1040);
});

test('without a read in the window there is no hit rate', () => {
  const stats = statsOf(driver, counters({ hits: 5 }), counters({ hits: 5 }), 1000);
  expect(stats.hitRate).toBeNull();
  expect(stats.sinceRestart?.hitRate).toBe(1);
});

test('counters that were reset meanwhile give no negative figures', () => {
  const stats = statsOf(driver, counters({ hits: 900, misses: 50 }), counters({ hits: 4 }), 1000);
  expect(stats).toMatchObject({ hits: 4, misses: 0, hitRate: 1 });
});

test('a driver that does not count has null, not zero', () => {
  const none = counters({ hits: null, misses: null, evictedKeys: null, expiredKeys: null });
  const stats = statsOf({ name: 'file', label: '/tmp/cache' }, none, none, 0);
  expect(stats).toMatchObject({ hits: null, misses: null, hitRate: null, evictedKeys: null });
  expect(stats.sinceRestart).toBeNull();
});
