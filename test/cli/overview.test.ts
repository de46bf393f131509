import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import { mkdirSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Overview } from '../../src/overview/look.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import { openShop } from '../support/shop.ts';
import type { OpenShop } from '../support/shop.ts';
import { freshRedis } from '../support/redis.ts';
import { runScalectl } from '../support/scalectl.ts';
import type { ScalectlOptions } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let shop: OpenShop;

beforeAll(async () => {
  shop = await openShop();
  atEndOfFile(() => shop.close());
});

async function look(options: ScalectlOptions = {}): Promise<Overview & { wholeMs: number }> {
  const { json, exitCode, durationMs } = await runScalectl(['--json'], {
    cwd: await temporaryFolder(),
    ...options,
  });
  expect(exitCode).toBe(0);
  return { ...(json?.result as Overview), wholeMs: durationMs };
}

describe('scalectl alone', () => {
  it('says that nothing is configured, and leads to init or the demo', async () => {
    const { stdout, exitCode } = await runScalectl([], { cwd: await temporaryFolder() });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('1. critical: no database is configured');
    expect(stdout).toContain('scalectl demo');
    expect(stdout).toMatch(/next: scalectl init\n$/);
  });

  // It has two seconds: a machine that tests on all its cores may need another look.
  it(
    'finds the database with its size, the cache, and indexes that are there twice',
    { retry: 3 },
    async () => {
      const redis = await freshRedis();
      await redis.client.set('k', '1');
      const found = await look({
        env: { SCALECTL_DB_URL: shop.test.url, SCALECTL_REDIS_URL: redis.url },
      });
      expect(found.database).toMatchObject({ state: 'found' });
      expect(found.schema).toMatchObject({ state: 'found', tables: 11 });
      expect(found.cache).toMatchObject({ state: 'found', driver: 'redis', keys: 1 });
      const redundant = found.schema.state === 'found' ? found.schema.redundantIndexes : [];
      expect(redundant.length).toBeGreaterThan(5);
      expect(found.facts.length).toBeLessThanOrEqual(3);
      for (const { fact, evidence, next } of found.facts) {
        expect(fact).not.toBe('');
        expect(evidence).not.toBe('');
        expect(next).toMatch(/^scalectl /);
      }
    },
  );

  it('changes nothing', async () => {
    const before = await shop.test.query('SHOW TABLES');
    await look({ env: { SCALECTL_DB_URL: shop.test.url } });
    expect(await shop.test.query('SHOW TABLES')).toEqual(before);
  });

  it('reads the settings of the platform and says what it could not read', async () => {
    const cwd = await temporaryFolder();
    mkdirSync(path.join(cwd, 'includes'));
    const php = "<?php define('DB_NAME', getenv('X')); define('DB_HOST', '127.0.0.1');";
    writeFileSync(path.join(cwd, 'includes', 'config.php'), php);
    const { platform } = await look({ cwd });
    expect(platform).toEqual({ folder: cwd, settings: 1, unreadable: 1 });
  });

  it('goes on when database and Redis are down', async () => {
    const found = await look({
      env: {
        SCALECTL_DB_URL: 'mysql://a:geheim-99@127.0.0.1:1/x',
        SCALECTL_REDIS_URL: 'redis://127.0.0.1:1',
      },
    });
    expect(found.facts[0]).toMatchObject({ severity: 'critical', next: 'scalectl doctor' });
    expect(found.facts[0]?.fact).toContain('127.0.0.1:1');
    expect(found.facts[1]?.fact).toContain('cannot reach Redis');
    expect(JSON.stringify(found)).not.toContain('geheim-99');
  });

  it('does not wait for servers that accept and say nothing', async () => {
    await using silent = await silentServer();
    const found = await look({
      env: {
        SCALECTL_DB_URL: `mysql://a@127.0.0.1:${silent.port}/x`,
        SCALECTL_REDIS_URL: `redis://127.0.0.1:${silent.port}`,
      },
    });
    expect(found.database.state).toBe('failed');
    expect(found.cache.state).toBe('failed');
    expect(found.lookedMs).toBeLessThan(2500);
    // With its default time limits it would be ten seconds and more; a busy machine starts a process slowly.
    expect(found.wholeMs).toBeLessThan(5000);
  });
});

async function silentServer(): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
