import { describe, expect, it } from 'vitest';
import { flush, planFlush } from '../../src/cache/flush.ts';
import { surveyKeyspace } from '../../src/cache/overview.ts';
import { encodePhp, jsonToPhp } from '../../src/cache/php-serialize.ts';
import { protectFrom } from '../../src/cache/protect.ts';
import { createRedisDriver } from '../../src/cache/redis-driver.ts';
import { findServer } from '../../src/sandbox/programs.mjs';
import { startRedis } from '../../src/sandbox/servers/redis.ts';
import { openRedis } from '../support/cache.ts';
import { atEndOfFile } from '../support/cleanups.ts';

const page = { offset: 0, limit: 10, maxBytes: 10_000 };

describe.each(['redis-6.0', 'redis-8.0', 'valkey-9'])('the cache on %s', async (server) => {
  const program = await findServer(server);
  if (!program && process.env['CI']) {
    throw new Error(`${server} is missing: node bin/bootstrap.mjs --matrix unpacks it`);
  }

  it.skipIf(!program)('is read, described, counted and flushed', async () => {
    const started = await startRedis({ server });
    atEndOfFile(() => started.stop());
    const redis = await openRedis({ 'cache.url': started.url });
    const cache = createRedisDriver(redis, { prefix: '' });
    const { keyspace } = cache;
    if (!keyspace) throw new Error('this driver lists no keys');

    const value = encodePhp(jsonToPhp({ id: 1 }));
    for (let i = 0; i < 300; i++) await cache.write(`products_${i}`, value, 60_000);
    await redis.client.hset('h', { a: 'i:1;', b: 'i:2;' });
    await redis.client.zadd('z', 1.5, 'a');
    await redis.client.xadd('s', '1-1', 'f', 'v');
    expect((await cache.read('products_1', 1000))?.bytes).toEqual(value);
    expect(await cache.describe('products_1', page)).toMatchObject({ value: { id: 1 } });
    expect(await cache.describe('h', page)).toMatchObject({ type: 'hash', value: { a: 1, b: 2 } });
    expect(await cache.describe('z', page)).toMatchObject({ value: [{ member: 'a', score: 1.5 }] });
    expect(await cache.describe('s', page)).toMatchObject({ type: 'stream', members: 1 });
    expect(await cache.counters()).toMatchObject({ keys: 303 });

    const overview = await surveyKeyspace(keyspace, { maxLatencyMs: 20, protect: [] });
    expect(overview.groups.find(({ group }) => group === 'products_*')).toMatchObject({
      keys: 300,
      types: { string: 20 },
      withoutTtl: 0,
    });
    const options = {
      pattern: 'products_*',
      protection: protectFrom([], 'products_*'),
      maxLatencyMs: 20,
    };
    expect(await planFlush(keyspace, options)).toMatchObject({ matched: 300 });
    expect(await flush(keyspace, options)).toMatchObject({ deleted: 300 });
    expect(await keyspace.count()).toBe(3);
  });
});
