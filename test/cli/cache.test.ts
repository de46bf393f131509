import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { atEndOfFile } from '../support/cleanups.ts';
import { freshRedis } from '../support/redis.ts';
import type { TestRedis } from '../support/redis.ts';
import { runScalectl, startScalectl } from '../support/scalectl.ts';
import type { ScalectlOptions, ScalectlResult } from '../support/scalectl.ts';

let redis: TestRedis;

beforeAll(async () => {
  redis = await freshRedis();
});

beforeEach(() => redis.client.flushdb());

function cache(args: readonly string[], options: ScalectlOptions = {}): Promise<ScalectlResult> {
  return runScalectl(['cache', ...args], {
    ...options,
    env: { SCALECTL_REDIS_URL: redis.url, ...options.env },
  });
}

const nameOfDatabase = (): string => `${new URL(redis.url).host}/${redis.database}`;

describe('cache get and set', () => {
  it('write a PHP value and print it decoded', async () => {
    const written = await cache(['set', 'k', '{"id":7,"tags":["a"]}', '--ttl', '10m', '--json']);
    expect(written).toMatchObject({ exitCode: 0 });
    expect(written.json?.result).toMatchObject({
      encoding: 'php',
      replaced: false,
      ttlMs: 600_000,
    });
    expect(await redis.client.get('k')).toBe('a:2:{s:2:"id";i:7;s:4:"tags";a:1:{i:0;s:1:"a";}}');
    expect(await redis.client.pttl('k')).toBeGreaterThan(590_000);
    const read = await cache(['get', 'k', '--json']);
    expect(read.json?.result).toMatchObject({ value: { id: 7, tags: ['a'] }, encoding: 'php' });
  });

  it('keep the format and the lifetime of what stands there', async () => {
    await redis.client.set('k', '{"a":1}', 'EX', 1000);
    await cache(['set', 'k', '{"a":2}']);
    expect(await redis.client.get('k')).toBe('{"a":2}');
    expect(await redis.client.ttl('k')).toBeGreaterThan(990);
  });

  it('take the value from standard input, and give a new key the default lifetime', async () => {
    await cache(['set', 'k', '-'], { input: '[1,2]' });
    expect(await redis.client.get('k')).toBe('a:2:{i:0;i:1;i:1;i:2;}');
    expect(await redis.client.ttl('k')).toBeGreaterThan(3500);
    await cache(['set', 'k', '1', '--persist']);
    expect(await redis.client.ttl('k')).toBe(-1);
  });

  it('change nothing in a dry run', async () => {
    expect((await cache(['set', 'k', '1', '--dry-run'])).stdout).toContain('would write k');
    expect(await redis.client.exists('k')).toBe(0);
  });

  it('write the raw bytes into a pipe', async () => {
    await redis.client.set('k', 's:3:"a\nb";');
    expect((await cache(['get', 'k', '--raw'])).stdout).toBe('s:3:"a\nb";');
  });

  it('refuse JSON that breaks off instead of storing it as text', async () => {
    const refused = await cache(['set', 'k', '{"a":']);
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain('no JSON');
  });

  it('a key that is not there is exit 1 with a null result', async () => {
    const missing = await cache(['get', 'nothing', '--json']);
    expect(missing).toMatchObject({ exitCode: 1, json: { ok: true, result: null, error: null } });
    expect((await cache(['inspect', 'nothing', '--json'])).json).toMatchObject({ result: null });
    expect((await cache(['inspect', 'nothing'])).stdout).toBe('no such key: nothing\n');
  });
});

describe('cache inspect', () => {
  it('prints one key as promised', async () => {
    await redis.client.set('k', 'a:1:{s:1:"a";i:1;}', 'EX', 60);
    const { json, exitCode } = await cache(['inspect', 'k', '--json']);
    expect(exitCode).toBe(0);
    expect(json?.result).toMatchObject({
      key: 'k',
      type: 'string',
      encoding: 'php',
      value: { a: 1 },
    });
    const { ttlMs, sizeBytes } = json?.result as { ttlMs: number; sizeBytes: number };
    expect(ttlMs).toBeGreaterThan(50_000);
    expect(sizeBytes).toBeGreaterThan(18);
  });

  it('prints what fills the cache and the next command', async () => {
    await redis.client.mset('products_1', '1', 'products_2', '1', 'rate_limit_ip_1', '1');
    const { stdout, exitCode } = await cache(['inspect']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('3 keys');
    expect(stdout).toMatch(/products_\* +2 /);
    expect(stdout).toMatch(/rate_limit_ip_\*.*kept by flush/);
    expect(stdout).toContain("next: scalectl cache keys --pattern 'products_*'");
  });

  it('never lets stored data reach a terminal as control characters', async () => {
    const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m';
    await redis.client.set(`k${evil}`, evil);
    await redis.client.hset('h', evil, evil);
    await redis.client.set('php', `a:1:{s:${Buffer.byteLength(evil)}:"${evil}";N;}`);
    for (const args of [
      ['keys'],
      ['inspect'],
      ['inspect', 'h'],
      ['inspect', 'php'],
      ['get', `k${evil}`],
      ['inspect', `k${evil}`],
      ['get', `none${evil}`],
      ['flush', '--pattern', 'k*', '--dry-run'],
      ['delete', `k${evil}`],
    ]) {
      const { stdout, stderr } = await cache(args);
      // eslint-disable-next-line no-control-regex -- these are what must not be there
      expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
  });
});

describe('cache stats', () => {
  it('prints the promised fields, without a hit rate when nobody read', async () => {
    await redis.client.set('k', '1');
    const { json } = await cache(['stats', '--window', '100ms', '--json']);
    expect(json?.result).toMatchObject({ driver: 'redis', keys: 1 });
    expect(Object.keys(json?.result as object)).toEqual(
      expect.arrayContaining([
        'driver',
        'keys',
        'memoryBytes',
        'hits',
        'misses',
        'hitRate',
        'windowMs',
        'evictedKeys',
        'expiredKeys',
        'sinceRestart',
      ]),
    );
  });
});

describe('cache delete and keys', () => {
  it('delete keys without a question and name what was missing', async () => {
    await redis.client.set('a', '1');
    const { json, exitCode } = await cache(['delete', 'a', 'b', '--json']);
    expect(exitCode).toBe(1);
    expect(json).toMatchObject({ ok: true, result: { deleted: ['a'], missing: ['b'] } });
    expect((await cache(['delete', 'a', '--dry-run'])).exitCode).toBe(1);
  });

  it('list keys, one a line, and warn when there are more', async () => {
    await redis.client.mset('b', '1', 'a', '1', 'c', '1');
    expect((await cache(['keys', '--pattern', '[ab]'])).stdout).toBe('a\nb\n');
    const limited = await cache(['keys', '--limit', '2', '--json']);
    expect(limited.json?.warnings).toHaveLength(1);
    expect(limited.json?.result).toMatchObject({ isPartial: true });
  });
});

describe('cache flush', () => {
  it('counts in a dry run, deletes with --yes, and asks for it otherwise', async () => {
    await redis.client.mset('products_1', '1', 'products_2', '1', 'orders_1', '1');
    const dry = await cache(['flush', '--pattern', 'products_*', '--dry-run', '--json']);
    expect(dry).toMatchObject({ exitCode: 0, json: { result: { matched: 2, deleted: 0 } } });
    const refused = await cache(['flush', '--pattern', 'products_*', '--json']);
    expect(refused).toMatchObject({
      exitCode: 77,
      json: { ok: false, result: null, error: { code: 'confirmation-needed' } },
    });
    expect(await redis.client.dbsize()).toBe(3);
    const done = await cache(['flush', '--prefix', 'products_', '--yes', '--json']);
    expect(done.json?.result).toMatchObject({ deleted: 2, method: 'unlink', kept: [] });
    expect(await redis.client.keys('*')).toEqual(['orders_1']);
  });

  it.each([
    [['flush'], 64],
    [['flush', '--pattern', 'a*', '--all'], 64],
    [['flush', '--pattern', ''], 64],
    [['flush', '--prefix', ''], 64],
    [['flush', '--pattern', '*', '--yes'], 77],
    [['flush', '--pattern', '**', '--yes'], 77],
    [['flush', '--all', '--yes'], 77],
    [['flush', '--all', '--yes', '--confirm', 'wrong'], 77],
    [['flush', '--patern', 'a*'], 64],
    [['inspect', '--limit', '0'], 64],
    [['set', 'k', '1', '--ttl', 'soon'], 64],
    [['set', 'k', '1', '--ttl', '0'], 64],
    [['set', 'k', '1', '--ttl', '1m', '--persist'], 64],
    [['get', 'k', '--raw', '--json'], 64],
  ])('%j ends with %i and deletes nothing', async (args, exitCode) => {
    await redis.client.mset('a', '1', 'b', '1');
    const run = await cache(args);
    expect(run.exitCode).toBe(exitCode);
    expect(run.stderr + run.stdout).not.toContain('internal');
    expect(await redis.client.dbsize()).toBe(2);
  });

  it('--all keeps what is protected and needs the name of the database', async () => {
    await redis.client.mset('a', '1', 'job_1', '1', 'PHPREDIS_SESSION:x', '1');
    const name = nameOfDatabase();
    const done = await cache(['flush', '--all', '--yes', '--confirm', name, '--json']);
    expect(done.json?.result).toMatchObject({ deleted: 1, method: 'unlink' });
    expect((await redis.client.keys('*')).sort()).toEqual(['PHPREDIS_SESSION:x', 'job_1']);
    await redis.client.flushdb();
    await redis.client.set('a', '1');
    const short = `db${redis.database}`;
    const again = await cache(['flush', '--all', '--yes', '--confirm', short, '--json']);
    expect(again.json?.result).toMatchObject({ deleted: 1, method: 'flushdb' });
  });

  it("--all also takes the name of the platform's database", async () => {
    await redis.client.set('a', '1');
    const env = { SCALECTL_DB_URL: 'mysql://root@127.0.0.1:1/b2b_billing_system' };
    const args = ['flush', '--all', '--yes', '--confirm', 'b2b_billing_system'];
    expect((await cache(args, { env })).exitCode).toBe(0);
    expect(await redis.client.dbsize()).toBe(0);
  });

  it('stops at Ctrl-C between two steps and tells how far it came', async () => {
    await redis.client.eval(
      `for i = 1, 100000 do redis.call('SET', 'products_' .. i, string.rep('x', 100)) end`,
      0,
    );
    const running = await startScalectl(
      ['cache', 'flush', '--prefix', 'products_', '--yes', '--max-latency', '1ms'],
      { env: { SCALECTL_REDIS_URL: redis.url } },
    );
    await running.waitFor('deleting');
    running.kill('SIGINT');
    const { exitCode, stdout } = await running.done;
    expect(exitCode).toBe(130);
    expect(stdout).toContain('Stopped before the end');
    expect(await redis.client.dbsize()).toBeGreaterThan(0);
  });
});

describe('the file cache', () => {
  it('is read, written and cleared, and says what it cannot do', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'cli-cache-'));
    atEndOfFile(() => rm(folder, { recursive: true, force: true }));
    const env = {
      SCALECTL_REDIS_URL: undefined,
      SCALECTL_CACHE_DRIVER: 'file',
      SCALECTL_CACHE_DIR: folder,
    };
    expect((await cache(['set', 'products_list', '[1]', '--ttl', '1m'], { env })).exitCode).toBe(0);
    const got = await cache(['get', 'products_list', '--json'], { env });
    expect(got.json?.result).toMatchObject({ value: [1], encoding: 'php' });
    await writeFile(path.join(folder, `${'0'.repeat(32)}.cache`), 'a:3:{');
    const all = await cache(['inspect', '--json'], { env });
    expect(all.json?.result).toMatchObject({ driver: 'file', live: 1, torn: 1 });
    const figures = await cache(['stats', '--json'], { env });
    expect(figures.json?.result).toMatchObject({ driver: 'file', hits: null, hitRate: null });
    const pattern = await cache(['flush', '--pattern', 'products_*', '--yes'], { env });
    expect(pattern).toMatchObject({ exitCode: 77 });
    expect(pattern.stderr).toContain('md5');
    const name = path.basename(folder);
    const cleared = await cache(['flush', '--all', '--yes', '--confirm', name], { env });
    expect(cleared).toMatchObject({ exitCode: 0 });
    expect(await readdir(folder)).toEqual([]);
  });

  it('needs its folder', async () => {
    const env = { SCALECTL_REDIS_URL: undefined, SCALECTL_CACHE_DRIVER: 'file' };
    expect((await cache(['get', 'k'], { env })).exitCode).toBe(78);
    const nowhere = { ...env, SCALECTL_CACHE_DIR: '/nonexistent/cache' };
    const { exitCode, stderr } = await cache(['get', 'k'], { env: nowhere });
    expect(exitCode).toBe(78);
    expect(stderr).toContain('/nonexistent/cache');
  });
});

describe('a Redis that is away', () => {
  it('is exit 69 with its address and without its password', async () => {
    const env = { SCALECTL_REDIS_URL: 'redis://:pass4secret@127.0.0.1:1/0' };
    const { exitCode, stderr, json } = await cache(['stats', '--json'], { env });
    expect(exitCode).toBe(69);
    expect(json?.error).toMatchObject({ code: 'cache-unreachable' });
    expect(json?.error?.message).toContain('127.0.0.1:1');
    expect(`${stderr}${JSON.stringify(json)}`).not.toContain('pass4secret');
  });
});
