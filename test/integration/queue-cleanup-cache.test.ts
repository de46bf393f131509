import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CacheDriver } from '../../src/cache/driver.ts';
import { openFileDriver } from '../../src/cache/file-driver.ts';
import { createRedisDriver } from '../../src/cache/redis-driver.ts';
import { createCacheCleanupHandler } from '../../src/queue/handlers/builtin/cleanup-cache.ts';
import { cacheSettings, openRedis } from '../support/cache.ts';
import { freshRedis } from '../support/redis.ts';
import type { TestRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runnableJob } from '../support/queue/runnable-job.ts';

let redis: TestRedis;
let driver: CacheDriver;

beforeAll(async () => {
  redis = await freshRedis();
  driver = createRedisDriver(await openRedis({ 'cache.url': redis.url }), { prefix: '' });
});
beforeEach(async () => {
  await redis.client.flushdb();
  await redis.client.mset('products_list', 1, 'products_page_1', 1, 'orders_7', 1, 'session_7', 1);
});

async function run(data: unknown, openCache = () => Promise.resolve(driver)) {
  const { protect } = await cacheSettings({});
  const handler = createCacheCleanupHandler({
    openCache,
    protect,
    maxLatencyMs: 20,
    timeoutMs: 10_000,
  });
  const job = runnableJob('cleanup_cache', data);
  return handler.run(job, new AbortController().signal);
}

describe('the built-in handler cleanup_cache', () => {
  it('deletes what the patterns match, and nothing else', async () => {
    expect(await run({ pattern: ['products_*', 'none_*'] })).toEqual({
      kind: 'done',
      result: '{"deleted":2,"kept":0}',
    });
    expect((await redis.client.keys('*')).sort()).toEqual(['orders_7', 'session_7']);
  });

  it('keeps what is protected, also when the job names it', async () => {
    expect(await run({ pattern: 'session_*' })).toEqual({
      kind: 'done',
      result: '{"deleted":0,"kept":1}',
    });
    expect(await redis.client.exists('session_7')).toBe(1);
  });

  it.each<[string, unknown, RegExp]>([
    ['no pattern', { cache_type: 'all' }, /is no pattern of keys/],
    ['an empty list', { pattern: [] }, /is no pattern of keys/],
    ['everything', { pattern: '*' }, /matches everything/],
  ])('deletes nothing for %s: a dead letter at once', async (_, data, message) => {
    expect(await run(data)).toMatchObject({
      isFinal: true,
      failure: { message: expect.stringMatching(message) as string },
    });
    expect(await redis.client.dbsize()).toBe(4);
  });

  it('says that a file cache has no names to match', async () => {
    const folder = await temporaryFolder();
    const files = () => Promise.resolve(openFileDriver({ folder, prefix: '' }));
    expect(await run({ pattern: 'products_*' }, files)).toMatchObject({ isFinal: true });
  });
});
