import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CacheDriver, Keyspace } from '../../src/cache/driver.ts';
import { openFileDriver } from '../../src/cache/file-driver.ts';
import { flush, flushAll, planFlush } from '../../src/cache/flush.ts';
import type { FlushOptions } from '../../src/cache/flush.ts';
import { compileGlob } from '../../src/cache/glob.ts';
import { listKeys } from '../../src/cache/list-keys.ts';
import { surveyKeyspace } from '../../src/cache/overview.ts';
import { encodePhp, jsonToPhp } from '../../src/cache/php-serialize.ts';
import { protectFrom } from '../../src/cache/protect.ts';
import { createRedisDriver } from '../../src/cache/redis-driver.ts';
import { measureCache } from '../../src/cache/stats.ts';
import { startRedis } from '../../src/sandbox/servers/redis.ts';
import { fillCache } from '../../src/sandbox/shop/cache-contents.ts';
import { cacheSettings, openRedis } from '../support/cache.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import { freshRedis } from '../support/redis.ts';
import type { TestRedis } from '../support/redis.ts';
import { seededRandom } from '../unit/cache/seeded-random.ts';

let redis: TestRedis;
let driver: CacheDriver;
let keyspace: Keyspace;
let protect: readonly string[];

beforeAll(async () => {
  redis = await freshRedis();
  driver = createRedisDriver(await openRedis({ 'cache.url': redis.url }), { prefix: '' });
  keyspace = spaceOf(driver);
  ({ protect } = await cacheSettings({}));
});

beforeEach(() => redis.client.flushdb());

const page = { offset: 0, limit: 100, maxBytes: 1_000_000 };
const php = (json: unknown): Buffer => encodePhp(jsonToPhp(json));

function spaceOf({ keyspace: found }: CacheDriver): Keyspace {
  if (!found) throw new Error('this driver lists no keys');
  return found;
}

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cache-'));
  atEndOfFile(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function optionsFor(pattern: string | null): FlushOptions {
  return { pattern, protection: protectFrom(protect, pattern), maxLatencyMs: 20 };
}

describe.each<[string, () => Promise<CacheDriver>]>([
  ['redis', () => Promise.resolve(driver)],
  [
    'redis with a prefix',
    async () =>
      createRedisDriver(await openRedis({ 'cache.url': redis.url }), { prefix: 'shop[1]*:' }),
  ],
  ['file', async () => openFileDriver({ folder: await freshFolder(), prefix: '' })],
  ['file with a prefix', async () => openFileDriver({ folder: await freshFolder(), prefix: 'a:' })],
])('every driver: %s', (_, open) => {
  let cache: CacheDriver;

  beforeEach(async () => {
    cache = await open();
  });

  it('has no value under a key that was never written', async () => {
    expect(await cache.read('nothing', 1000)).toBeNull();
    expect(await cache.describe('nothing', page)).toBeNull();
    expect(await cache.delete(['nothing'])).toEqual([]);
  });

  it.each([
    ['a name with spaces', 'products list 1'],
    ['a name with line breaks', 'a\nb\r\n'],
    ['a name with glob characters', 'a*b?[c]'],
    ['a path', '../../etc/passwd'],
    ['an empty name', ''],
    ['a name of a megabyte', 'k'.repeat(1_000_000)],
    ['a name in UTF-8', 'añ€😀'],
  ])('keeps a value under %s', async (_what, key) => {
    const value = php({ id: 1, name: 'Zoë', bytes: { $base64: '/wA=' } });
    await cache.write(key, value, 60_000);
    const stored = await cache.read(key, 1_000_000);
    expect(stored?.bytes.equals(value)).toBe(true);
    expect(await cache.present([key])).toEqual([key]);
    expect(await cache.delete([key])).toEqual([key]);
    expect(await cache.read(key, 1000)).toBeNull();
  });

  it('replaces value and lifetime', async () => {
    await cache.write('k', php('old'), 60_000);
    await cache.write('k', php('new'), null);
    expect(await cache.read('k', 1000)).toEqual({ bytes: php('new'), ttlMs: null });
  });

  it('tells what is left of a lifetime', async () => {
    await cache.write('k', php(1), 90_000);
    const { ttlMs } = (await cache.read('k', 1000)) ?? { ttlMs: 0 };
    expect(ttlMs).toBeGreaterThan(80_000);
    expect(ttlMs).toBeLessThanOrEqual(91_000);
  });

  it('has nothing under a key that expired', async () => {
    await cache.write('k', php(1), 1);
    const deadline = Date.now() + 5000;
    // The file driver counts in whole seconds, as the platform does.
    while ((await cache.read('k', 1000)) !== null && Date.now() < deadline) await sleep(20);
    expect(await cache.read('k', 1000)).toBeNull();
    expect(await cache.describe('k', page)).toBeNull();
  });

  it('describes a key with its decoded value', async () => {
    await cache.write('k', php({ id: 7, tags: ['a'] }), 60_000);
    expect(await cache.describe('k', page)).toMatchObject({
      key: 'k',
      type: 'string',
      encoding: 'php',
      value: { id: 7, tags: ['a'] },
      isPartial: false,
      lengthBytes: php({ id: 7, tags: ['a'] }).length,
    });
  });

  it('shows a long value by its beginning and does not read it whole', async () => {
    await cache.write('k', php('x'.repeat(5000)), 60_000);
    const described = await cache.describe('k', { ...page, maxBytes: 100 });
    expect(described).toMatchObject({ isPartial: true, encoding: 'php' });
    expect(described?.value).toHaveLength(100);
    await expect(cache.read('k', 100)).rejects.toMatchObject({ code: 'input-invalid' });
  });

  it('deletes several keys and says which were there', async () => {
    await cache.write('a', php(1), null);
    await cache.write('b', php(1), null);
    expect(await cache.delete(['a', 'none', 'b'])).toEqual(['a', 'b']);
  });
});

describe('collections of Redis', () => {
  it('shows a hash with decoded members, page by page, each once', async () => {
    const fields = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, `i:${i};`]));
    await redis.client.hset('h', fields);
    const seen: Record<string, unknown> = {};
    for (let offset = 0; offset < 1000; offset += 250) {
      const read = await driver.describe('h', { ...page, offset, limit: 250 });
      expect(read).toMatchObject({ type: 'hash', members: 1000, encoding: 'php', isPartial: true });
      Object.assign(seen, read?.value);
    }
    expect(Object.keys(seen)).toHaveLength(1000);
    expect(seen['f999']).toBe(999);
  });

  it('shows lists, sets, sorted sets and streams', async () => {
    await redis.client.rpush('list', 'a:1:{i:0;N;}', 'plain');
    await redis.client.sadd('set', 'x');
    await redis.client.zadd('zset', 1.5, 'a', '+inf', 'b');
    await redis.client.xadd('stream', '1-1', 'field', 'value');
    const value = async (key: string): Promise<unknown> =>
      (await driver.describe(key, page))?.value;
    expect(await value('list')).toEqual([[null], 'plain']);
    expect((await driver.describe('list', page))?.encoding).toBe('mixed');
    expect(await value('set')).toEqual(['x']);
    expect(await value('zset')).toEqual([
      { member: 'a', score: 1.5 },
      { member: 'b', score: { $number: 'INF' } },
    ]);
    expect(await value('stream')).toEqual([{ id: '1-1', fields: { field: 'value' } }]);
  });

  it('refuses to read a collection as a value', async () => {
    await redis.client.rpush('list', 'a');
    await expect(driver.read('list', 100)).rejects.toThrow(/holds a list/);
  });
});

describe('figures of Redis', () => {
  it('counts hits and misses of others in the window, not its own reading', async () => {
    const only = await startRedis();
    atEndOfFile(() => only.stop());
    const own = createRedisDriver(await openRedis({ 'cache.url': only.url }), { prefix: '' });
    const other = await openRedis({ 'cache.url': only.url });
    await other.client.set('k', '1');
    await other.client.get('k');
    const measured = measureCache(own, { windowMs: 700, signal: new AbortController().signal });
    await sleep(200);
    for (let i = 0; i < 3; i++) await other.client.get('k');
    await other.client.get('missing');
    expect(await measured).toMatchObject({ keys: 1, hits: 3, misses: 1, hitRate: 0.75 });
    const again = await measureCache(own, { windowMs: 50, signal: new AbortController().signal });
    expect(again).toMatchObject({ hits: 0, misses: 0, hitRate: null });
    expect(again.sinceRestart).toMatchObject({ hits: 4, misses: 1 });
  });

  it('groups the keys of the platform with type, memory and lifetime', async () => {
    await fillCache(
      {
        set: async (key, value, ttl) => {
          await (ttl === null
            ? redis.client.set(key, value)
            : redis.client.set(key, value, 'EX', ttl));
        },
      },
      { seed: 1, now: new Date() },
    );
    const overview = await surveyKeyspace(keyspace, { maxLatencyMs: 20, protect });
    expect(overview.keys).toBe(await redis.client.dbsize());
    expect(overview.groups.reduce((sum, { keys }) => sum + keys, 0)).toBe(overview.keys);
    const groupOf = (name: string) => overview.groups.find(({ group }) => group === name);
    expect(groupOf('dashboard_*')).toMatchObject({ types: { string: 20 }, withoutTtl: 0 });
    expect(groupOf('dashboard_*')?.estimatedBytes).toBeGreaterThan(10_000);
    expect(groupOf('dashboard_*')?.medianTtlMs).toBeLessThanOrEqual(120_000);
    expect(groupOf('rate_limit_ip_*')).toMatchObject({ isProtected: true });
    expect(groupOf('job_*')).toMatchObject({ isProtected: true, withoutTtl: 1 });
  });

  it('keeps the number of groups bounded when no two keys are alike', async () => {
    const random = seededRandom(3);
    const word = (): string =>
      Array.from({ length: 8 }, () => String.fromCharCode(97 + random.below(26))).join('');
    const pipeline = redis.client.pipeline();
    for (let i = 0; i < 5000; i++) pipeline.set(`${word()}_${word()}`, '1');
    await pipeline.exec();
    const overview = await surveyKeyspace(keyspace, { maxLatencyMs: 20, protect });
    expect(overview.groups.length).toBeLessThanOrEqual(1001);
    expect(overview.groups.reduce((sum, { keys }) => sum + keys, 0)).toBe(5000);
    expect(overview.sampled).toBeLessThanOrEqual(2000);
  });
});

describe('patterns', () => {
  it('are read here as Redis reads them (seed 11)', async () => {
    const random = seededRandom(11);
    const pick = (letters: string, length: number): string =>
      Array.from({ length }, () => letters[random.below(letters.length)]).join('');
    const keys = new Set(Array.from({ length: 150 }, () => pick('abc-^]*', 1 + random.below(4))));
    for (const key of keys) await redis.client.set(key, '1');
    for (let i = 0; i < 300; i++) {
      const pattern = pick('abc*?[]^-\\', 1 + random.below(6));
      const found = new Set<string>();
      for await (const step of keyspace.scan({ pattern, stepSize: () => 1000 })) {
        for (const key of step) found.add(key.toString());
      }
      const isMatch = compileGlob(pattern);
      const expected = [...keys].filter((key) => isMatch(Buffer.from(key)));
      expect([pattern, [...found].sort()]).toEqual([pattern, expected.sort()]);
    }
  });

  it('list keys of any bytes, each once, up to a limit', async () => {
    await redis.client.set(Buffer.from([0x61, 0xff, 0x0a]), '1');
    await redis.client.set('a\n', '1');
    const { signal } = new AbortController();
    const options = { pattern: 'a*', limit: 10, maxLatencyMs: 20, signal };
    expect(await listKeys(keyspace, options)).toEqual({
      keys: ['a\n', { $base64: 'Yf8K' }],
      isPartial: false,
    });
    expect(await listKeys(keyspace, { ...options, limit: 1 })).toMatchObject({ isPartial: true });
  });
});

describe('flush', () => {
  it('deletes 50,000 keys of a pattern and no other, without KEYS and FLUSHDB', async () => {
    await redis.client.eval(
      `for i = 1, 50000 do redis.call('SET', 'products_' .. i, 'x') end
       for i = 1, 500 do redis.call('SET', 'orders_' .. i, 'x') end
       for i = 1, 50 do redis.call('SET', 'rate_limit_ip_' .. i, 'x') end`,
      0,
    );
    const limited = await limitedDriver(['+@all', '-keys', '-flushdb', '-flushall', '-del']);
    let steps = 0;
    const plan = await planFlush(spaceOf(limited), optionsFor('products_*'));
    expect(plan).toMatchObject({ matched: 50_000, kept: [] });
    expect(plan.examples).toHaveLength(10);
    expect(await redis.client.dbsize()).toBe(50_550);
    const result = await flush(spaceOf(limited), {
      ...optionsFor('products_*'),
      onProgress: () => {
        steps++;
      },
    });
    expect(result).toMatchObject({ deleted: 50_000, method: 'unlink', isPartial: false });
    expect(steps).toBeGreaterThan(40);
    expect(await redis.client.dbsize()).toBe(550);
  });

  it('lets other clients in between its steps', async () => {
    await redis.client.eval(
      `for i = 1, 20000 do redis.call('SET', 'big_' .. i, string.rep('x', 2000)) end`,
      0,
    );
    let answered = 0;
    let isDone = false;
    const other = (async () => {
      while (!isDone) {
        await redis.client.ping();
        answered++;
      }
    })();
    const result = await flush(keyspace, { ...optionsFor('big_*'), maxLatencyMs: 1 });
    isDone = true;
    await other;
    expect(result.deleted).toBe(20_000);
    expect(answered).toBeGreaterThan(20);
  });

  it('keeps sessions, jobs and rate limits unless the pattern names them', async () => {
    for (const key of ['a', 'job_1', 'rate_limit_ip_1', 'rate_limit_ip_2', 'PHPREDIS_SESSION:x']) {
      await redis.client.set(key, '1');
    }
    const all = await flush(keyspace, optionsFor('*_*'));
    expect(all.deleted).toBe(0);
    expect(all.kept).toContainEqual({ pattern: 'rate_limit_*', keys: 2 });
    const plan = await planFlush(keyspace, optionsFor(null));
    const everything = await flushAll(keyspace, plan, optionsFor(null));
    expect(everything).toMatchObject({ deleted: 1, method: 'unlink' });
    expect(await redis.client.dbsize()).toBe(4);
    expect(await flush(keyspace, optionsFor('rate_limit_ip_*'))).toMatchObject({ deleted: 2 });
    expect((await redis.client.keys('*')).sort()).toEqual(['PHPREDIS_SESSION:x', 'job_1']);
  });

  it('empties a database without protected keys by FLUSHDB ASYNC', async () => {
    for (let i = 0; i < 20; i++) await redis.client.set(`k${i}`, '1');
    const plan = await planFlush(keyspace, optionsFor(null));
    const result = await flushAll(keyspace, plan, optionsFor(null));
    expect(result).toMatchObject({ deleted: 20, method: 'flushdb' });
    expect(await redis.client.dbsize()).toBe(0);
  });

  it('empties it by UNLINK where FLUSHDB is not allowed', async () => {
    const limited = await limitedDriver(['+@all', '-flushdb', '-flushall']);
    await redis.client.set('k', '1');
    const plan = await planFlush(spaceOf(limited), optionsFor(null));
    const result = await flushAll(spaceOf(limited), plan, optionsFor(null));
    expect(result).toMatchObject({ deleted: 1, method: 'unlink' });
  });

  it('with a prefix never touches the keys of others', async () => {
    const prefixed = createRedisDriver(await openRedis({ 'cache.url': redis.url }), {
      prefix: 'shop*:',
    });
    await redis.client.mset('shop*:a', '1', 'shop*:job_1', '1', 'shopX:a', '1', 'other', '1');
    const plan = await planFlush(spaceOf(prefixed), optionsFor(null));
    expect(plan.examples.map(String)).toEqual(['a']);
    const result = await flushAll(spaceOf(prefixed), plan, optionsFor(null));
    expect(result).toMatchObject({ deleted: 1, method: 'unlink' });
    expect((await redis.client.keys('*')).sort()).toEqual(['other', 'shop*:job_1', 'shopX:a']);
  });

  it('stops when it is told to and says so', async () => {
    await redis.client.eval(`for i = 1, 5000 do redis.call('SET', 'k' .. i, 'x') end`, 0);
    const controller = new AbortController();
    const result = await flush(keyspace, {
      ...optionsFor('k*'),
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(result.isPartial).toBe(true);
    expect(result.deleted).toBeGreaterThan(0);
    expect(await redis.client.dbsize()).toBe(5000 - result.deleted);
  });
});

describe('a Redis that does not do as asked', () => {
  it('names a missing right', async () => {
    const limited = await limitedDriver(['+@all', '-set']);
    await expect(limited.write('k', php(1), null)).rejects.toMatchObject({
      code: 'privilege-missing',
    });
  });

  it('shows no memory where MEMORY USAGE is not allowed', async () => {
    const limited = await limitedDriver(['+@all', '-memory']);
    await redis.client.set('k', 'i:1;');
    expect(await limited.describe('k', page)).toMatchObject({ sizeBytes: null, value: 1 });
    const overview = await surveyKeyspace(spaceOf(limited), { maxLatencyMs: 20, protect });
    expect(overview.groups).toMatchObject([{ meanBytes: null, estimatedBytes: null }]);
  });

  it('is reported as lost when it stops, without hanging', async () => {
    const stopping = await startRedis();
    const lost = createRedisDriver(await openRedis({ 'cache.url': stopping.url }), { prefix: '' });
    await stopping.stop();
    await expect(lost.read('k', 100)).rejects.toMatchObject({ code: 'cache-unreachable' });
  });

  it('refuses writes when its memory is full, and says what to do', async () => {
    const full = await startRedis({ extraConfiguration: ['maxmemory 1'] });
    atEndOfFile(() => full.stop());
    const cache = createRedisDriver(await openRedis({ 'cache.url': full.url }), { prefix: '' });
    await expect(cache.write('k', php(1), null)).rejects.toMatchObject({
      code: 'operation-failed',
      hint: expect.stringContaining('maxmemory') as string,
    });
  });
});

describe('a Redis Cluster', () => {
  it('is read, listed and flushed over all slots', async () => {
    const server = await startRedis({
      password: null,
      extraConfiguration: ['cluster-enabled yes', 'cluster-announce-ip 127.0.0.1'],
    });
    atEndOfFile(() => server.stop());
    const node = await openRedis({ 'cache.url': server.url });
    await node.client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await waitForCluster(() => node.client.call('CLUSTER', 'INFO'));
    const redisOfCluster = await openRedis({ 'cache.clusterHosts': `127.0.0.1:${server.port}` });
    const cache = createRedisDriver(redisOfCluster, { prefix: '' });
    for (let i = 0; i < 200; i++) await cache.write(`k_${i}`, php(i), null);
    expect(await cache.describe('k_7', page)).toMatchObject({ value: 7, type: 'string' });
    expect(await cache.counters()).toMatchObject({ keys: 200 });
    expect(await flush(spaceOf(cache), optionsFor('k_1*'))).toMatchObject({ deleted: 111 });
    expect(await cache.delete(['k_2', 'k_3', 'k_1'])).toEqual(['k_2', 'k_3']);
  });
});

describe('the cache folder', () => {
  it('reports expired, torn and foreign files and never follows a link', async () => {
    const folder = await freshFolder();
    const outside = path.join(await freshFolder(), 'secret');
    await writeFile(outside, 'a:2:{s:5:"value";s:6:"secret";s:7:"expires";i:9999999999;}');
    const cache = await openFileDriver({ folder, prefix: '' });
    await cache.write('live', php(1), 60_000);
    await cache.write('limit', php({ count: 1, reset_time: 1 }), 60_000);
    const old = await openFileDriver({ folder, prefix: '', now: () => Date.now() - 3_600_000 });
    await old.write('old', php(1), 1000);
    await writeFile(path.join(folder, `${'0'.repeat(32)}.cache`), 'a:3:{s:5:"val');
    await symlink(outside, path.join(folder, `${'1'.repeat(32)}.cache`));
    await mkdir(path.join(folder, `${'2'.repeat(32)}.cache`));
    await writeFile(path.join(folder, '.htaccess'), 'deny from all');
    const survey = await cache.folder?.survey();
    expect(survey).toMatchObject({ live: 2, expired: 1, torn: 1, protected: 1, foreign: 3 });
    expect(survey?.tornExamples).toMatchObject([{ file: `${'0'.repeat(32)}.cache` }]);

    const dry = await cache.folder?.clear({ isDryRun: true });
    expect(dry).toMatchObject({ removed: 3, kept: [{ kind: 'rate limit', entries: 1 }] });
    expect(await readdir(folder)).toHaveLength(7);
    expect(await cache.folder?.clear({ isDryRun: false })).toMatchObject({ removed: 3 });
    expect(await readdir(folder)).toHaveLength(4);
    expect(await readFile(outside, 'utf8')).toContain('secret');
    expect(await cache.read('limit', 1000)).not.toBeNull();
  });

  it('refuses a link under the name of a key, and replaces it on writing', async () => {
    const folder = await freshFolder();
    const outside = path.join(await freshFolder(), 'target');
    await writeFile(outside, 'untouched');
    const cache = await openFileDriver({ folder, prefix: '' });
    await cache.write('k', php(1), 60_000);
    const [name = ''] = await readdir(folder);
    await rm(path.join(folder, name));
    await symlink(outside, path.join(folder, name));
    await expect(cache.read('k', 100)).rejects.toMatchObject({ code: 'refused' });
    await cache.write('k', php(2), 60_000);
    expect(await readFile(outside, 'utf8')).toBe('untouched');
    expect((await cache.read('k', 100))?.bytes).toEqual(php(2));
  });

  it('names a torn file when its key is read', async () => {
    const folder = await freshFolder();
    const cache = await openFileDriver({ folder, prefix: '' });
    await cache.write('k', php({ a: 1 }), 60_000);
    const [name = ''] = await readdir(folder);
    await writeFile(path.join(folder, name), 'a:3:{s:5:"value";');
    await expect(cache.read('k', 100)).rejects.toThrow(/is torn/);
  });

  it('is never seen half-written by a reader', async () => {
    const folder = await freshFolder();
    const cache = await openFileDriver({ folder, prefix: '' });
    await cache.write('k', php('start'), 60_000);
    const writer = (async () => {
      for (let i = 0; i < 100; i++) await cache.write('k', php('x'.repeat(50_000 + i)), 60_000);
    })();
    let isWriting = true;
    void writer.finally(() => {
      isWriting = false;
    });
    let reads = 0;
    while (isWriting) {
      expect(await cache.read('k', 1_000_000)).not.toBeNull();
      reads++;
    }
    await writer;
    expect(reads).toBeGreaterThan(10);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('must exist', async () => {
    const missing = path.join(await freshFolder(), 'cahce');
    await expect(openFileDriver({ folder: missing, prefix: '' })).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });
});

/** The same database through an account that may not do everything. */
async function limitedDriver(rights: readonly string[]): Promise<CacheDriver> {
  const user = `limited${redis.database}_${Math.random().toString(36).slice(2)}`;
  await redis.client.acl('SETUSER', user, 'on', '>secret', '~*', '&*', ...rights);
  atEndOfFile(async () => {
    await redis.client.acl('DELUSER', user);
  });
  const url = new URL(redis.url);
  url.username = user;
  url.password = 'secret';
  return createRedisDriver(await openRedis({ 'cache.url': url.href }), { prefix: '' });
}

async function waitForCluster(info: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!String(await info()).includes('cluster_state:ok')) {
    if (Date.now() > deadline) throw new Error('the cluster never became ready');
    await sleep(50);
  }
}
