import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import mysql from 'mysql2/promise';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Overview } from '../../src/overview/look.ts';
import { startMariadb } from '../../src/sandbox/servers/mariadb.ts';
import { createShopTables } from '../../src/sandbox/shop/schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import { runScalectl } from '../support/scalectl.ts';
import type { ScalectlResult } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const user = 'small_host';
const secret = 'geheim-small-4';

let watcher: mysql.Connection;
let platform: string;
let noPrograms: string;

/**
 * A cheap host: one database, ten connections, performance_schema off, no Redis, no crontab program, little memory.
 */
beforeAll(async () => {
  const server = await startMariadb({ performanceSchema: false });
  atEndOfFile(async () => void (await server.stop()));
  watcher = await mysql.createConnection(server.url);
  atEndOfFile(() => watcher.end());
  for (const statement of [
    'CREATE DATABASE shop',
    `CREATE USER ${user}@'%' IDENTIFIED BY '${secret}' WITH MAX_USER_CONNECTIONS 10`,
    `GRANT ALL ON shop.* TO ${user}@'%'`,
  ]) {
    await watcher.query(statement);
  }
  await createTables(server.urlOf('shop'));
  platform = await temporaryFolder();
  noPrograms = await temporaryFolder();
  mkdirSync(path.join(platform, 'includes'));
  mkdirSync(path.join(platform, 'cache'));
  writeFileSync(
    path.join(platform, 'includes', 'config.php'),
    `<?php
define('DB_HOST', '127.0.0.1:${server.port}');
define('DB_USER', '${user}');
define('DB_PASS', '${secret}');
define('DB_NAME', 'shop');
define('CACHE_TYPE', 'file');
define('CACHE_DIR', 'cache');
`,
  );
});

async function createTables(url: string): Promise<void> {
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: { SCALECTL_DB_URL: url },
    discover: false,
  });
  await using database = await connectDatabase(values.database);
  await createShopTables(database);
}

/** Runs a command as the host has it, and counts the connections of its account meanwhile. */
async function onHost(args: readonly string[]): Promise<ScalectlResult & { connections: number }> {
  let isRunning = true;
  const counting = countConnections(() => isRunning);
  const result = await runScalectl(args, {
    cwd: platform,
    env: { PATH: noPrograms, NODE_OPTIONS: '--max-old-space-size=64' },
  }).finally(() => (isRunning = false));
  expect(result.stdout + result.stderr).not.toContain(secret);
  return { ...result, connections: await counting };
}

async function countConnections(isRunning: () => boolean): Promise<number> {
  let most = 0;
  while (isRunning()) {
    const [rows] = await watcher.query<mysql.RowDataPacket[]>(
      'SELECT COUNT(*) AS connections FROM information_schema.PROCESSLIST WHERE USER = ?',
      [user],
    );
    most = Math.max(most, Number(rows[0]?.['connections']));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return most;
}

describe('on a small host', () => {
  it('init takes the settings of the platform and names what is not here', async () => {
    const { exitCode, stdout, connections } = await onHost(['init', '--yes']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('performance_schema is off');
    expect(stdout).toContain('GRANT PROCESS');
    expect(stdout).toContain('files in ');
    expect(connections).toBeLessThanOrEqual(3);
    expect(connections).toBeGreaterThan(0);
  });

  it('doctor proves database, cache and queue, and skips the schedule with a way out', async () => {
    const { exitCode, json, connections } = await onHost(['doctor', '--json']);
    const { parts } = json?.result as { parts: { id: string; status: string; advice: string }[] };
    const status = Object.fromEntries(parts.map((part) => [part.id, part.status]));
    expect(status).toMatchObject({
      'database-select': 'works',
      'cache-round-trip': 'works',
      'queue-round-trip': 'works',
      'schedule-entries': 'skipped',
    });
    expect(parts.find(({ id }) => id === 'schedule-entries')?.advice).toContain('cron jobs');
    expect(exitCode).toBe(0);
    expect(connections).toBeLessThanOrEqual(3);
  });

  it('optimize-db plan finds what the schema alone tells, and says what it cannot know', async () => {
    const { exitCode, json, connections } = await onHost(['optimize-db', 'plan', '--json']);
    expect(exitCode).toBe(1);
    const plan = json?.result as { summary: { redundant: number }; unknown: string[] };
    expect(plan.summary.redundant).toBeGreaterThan(5);
    expect(plan.unknown.length).toBeGreaterThan(0);
    expect(connections).toBeLessThanOrEqual(3);
  });

  it('cache works on the files of the platform', async () => {
    expect((await onHost(['cache', 'set', 'greeting', '"hello"'])).exitCode).toBe(0);
    const { json } = await onHost(['cache', 'get', 'greeting', '--json']);
    expect(json?.result).toMatchObject({ value: 'hello' });
    expect((await onHost(['cache', 'stats', '--json'])).json?.result).toMatchObject({
      driver: 'file',
      keys: 1,
    });
  });

  it('health judges what it can see', async () => {
    const { json, connections } = await onHost(['health', '--json', '--window', '100ms']);
    const { checks } = json?.result as { checks: { id: string; status: string }[] };
    expect(checks.find(({ id }) => id === 'database-reachable')?.status).toBe('ok');
    expect(checks.find(({ id }) => id === 'queue-reachable')?.status).toBe('ok');
    expect(connections).toBeLessThanOrEqual(3);
  });

  // Two seconds are a promise to a person: a machine that tests on all its cores may need another look.
  it('scalectl alone tells what is here', { retry: 3 }, async () => {
    const { exitCode, json, connections } = await onHost(['--json']);
    expect(exitCode).toBe(0);
    const found = json?.result as Overview;
    expect(found.platform).toMatchObject({ folder: platform });
    expect(found.database).toMatchObject({ state: 'found' });
    expect(found.cache).toMatchObject({ state: 'found', driver: 'file' });
    expect(found.schedule).toMatchObject({ state: 'found', target: null, oldLines: null });
    expect(connections).toBeLessThanOrEqual(3);
  });
});
