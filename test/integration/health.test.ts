import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/settings/index.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import type { CheckResult } from '../../src/health/check.ts';
import { checkHealth } from '../../src/health/index.ts';
import type { HealthOptions } from '../../src/health/index.ts';
import { createMysqlStore } from '../../src/queue/stores/mysql/store.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { listEntries } from '../../src/schedule/entries.ts';
import { writeHeartbeat } from '../../src/schedule/heartbeat.ts';
import { writeInstallation } from '../../src/schedule/installation.ts';
import { findStateFolder } from '../../src/schedule/state-folder.ts';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { freshRedis } from '../support/redis.ts';
import type { TestRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let database: TestDatabase;
let redis: TestRedis;
let config: Config;

beforeAll(async () => {
  database = await freshDatabase();
  redis = await freshRedis();
  config = await configOf({ SCALECTL_DB_URL: database.url, SCALECTL_REDIS_URL: redis.url });
  await database.query('CREATE TABLE items (id TINYINT AUTO_INCREMENT PRIMARY KEY, note TEXT)');
});

/** Both servers are connected to and read for the first time by then, also on a busy machine. */
const beforeTraffic = 800;

describe('health on real servers', () => {
  it('reports both servers as reachable', async () => {
    const { checks } = await look({ windowMs: 0 });
    expect(find(checks, 'database-reachable')).toMatchObject({ status: 'ok' });
    expect(find(checks, 'cache-reachable')).toMatchObject({ status: 'ok' });
  });

  it('measures the hit rate of other clients in the window exactly, its own reading left out', async () => {
    await redis.client.set('there', '1');
    const traffic = (async () => {
      await sleep(beforeTraffic);
      for (let i = 0; i < 30; i += 1) await redis.client.get('there');
      for (let i = 0; i < 10; i += 1) await redis.client.get('not-there');
    })();
    const [{ checks }] = await Promise.all([look({ windowMs: 2500 }), traffic]);
    expect(find(checks, 'cache-hit-rate')).toMatchObject({
      observed: 0.75,
      sampleSize: 40,
      status: 'ok',
      target: 0.6,
    });
  });

  it('measures the mean statement of the platform in the window', async () => {
    const traffic = (async () => {
      await sleep(beforeTraffic);
      for (let i = 0; i < 25; i += 1)
        await database.query('SELECT note FROM items WHERE id = ? LIMIT 1', [i]);
      await database.query('SELECT note, SLEEP(0.25) FROM (SELECT 1 AS note) one');
    })();
    const [{ checks }] = await Promise.all([look({ windowMs: 2500 }), traffic]);
    const finding = find(checks, 'mean-query-time');
    expect(finding).toMatchObject({ status: 'ok', sampleSize: 26, unit: 'ms' });
    // 26 statements, one of them of 250 ms.
    expect(finding.observed).toBeGreaterThan(250 / 26);
    expect(finding.observed).toBeLessThan(60);
  });

  it('finds the table that runs out of AUTO_INCREMENT', async () => {
    await database.query('INSERT INTO items (id) VALUES (110)');
    const { checks } = await look({ windowMs: 0 });
    const finding = find(checks, 'auto-increment');
    expect(finding).toMatchObject({ status: 'warning' });
    expect(finding.message).toContain('items');
  });

  it('sees an open transaction and the connection that holds it', async () => {
    const strict = await configOf({
      SCALECTL_DB_URL: database.url,
      SCALECTL_HEALTH_THRESHOLDS_LONG_TRANSACTION_WARNING: '1s',
    });
    await database.query('START TRANSACTION');
    await database.query("UPDATE items SET note = 'held' WHERE id = 110");
    const { threadId } = database.connection as unknown as { threadId: number };
    // Other tests on this server have transactions of their own, which come to their end.
    await expect
      .poll(
        async () => find((await look({ windowMs: 0, config: strict })).checks, 'long-transaction'),
        { timeout: 25_000, interval: 500 },
      )
      .toMatchObject({
        status: 'warning',
        message: expect.stringContaining(`connection ${threadId})`) as string,
      });
    await database.query('ROLLBACK');
  });

  it('skips the queue where there is none, and judges it once there is', async () => {
    const before = await look({ windowMs: 0 });
    expect(find(before.checks, 'queue-pending')).toMatchObject({ status: 'skipped' });
    await using connected = await connectDatabase(config.database);
    const store = createMysqlStore(connected);
    await store.prepare();
    const job = { type: 'send_email', data: '{}', priority: 50, uniqueKey: null };
    const jobs = Array.from({ length: 60 }, () => ({ ...job, maxAttempts: null, due: null }));
    await store.add(jobs);
    const { checks } = await look({ windowMs: 0 });
    expect(find(checks, 'queue-reachable')).toMatchObject({ status: 'ok', observed: 60 });
    expect(find(checks, 'queue-pending')).toMatchObject({
      status: 'warning',
      observed: 60,
      target: 50,
      advice: 'Run them: scalectl queue process',
    });
    expect(find(checks, 'queue-failed')).toMatchObject({ status: 'ok', observed: 0 });
    await store.pause(['*']);
    const paused = await look({ windowMs: 0 });
    expect(find(paused.checks, 'queue-pending').message).toContain('the queue is paused');
  });

  it('tells an entry of the schedule that did not run, and one that did not do its work', async () => {
    const stateDir = await temporaryFolder();
    const scheduled = await configOf({
      SCALECTL_DB_URL: database.url,
      SCALECTL_SCHEDULE_STATE_DIR: stateDir,
    });
    const state = findStateFolder(scheduled.schedule, {});
    expect(find((await look({ config: scheduled })).checks, 'schedule-heartbeats').status).toBe(
      'skipped',
    );
    const entries = listEntries(scheduled.schedule).filter(({ name }) => name === 'queue-process');
    await writeInstallation(state, 'crontab', entries);
    const fresh = find((await look({ config: scheduled })).checks, 'schedule-heartbeats');
    expect(fresh).toMatchObject({ status: 'ok', sampleSize: 1 });
    const installed = JSON.parse(await readFile(state.installationFile, 'utf8')) as object;
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
    await writeFile(state.installationFile, JSON.stringify({ ...installed, installedAt: hourAgo }));
    const late = find((await look({ config: scheduled })).checks, 'schedule-heartbeats');
    expect(late).toMatchObject({ status: 'critical', observed: 1 });
    expect(late.message).toContain('queue-process since');
    const now = new Date().toISOString();
    await writeHeartbeat(state, 'queue-process', {
      lastStartedAt: now,
      lastEndedAt: now,
      lastExitCode: 2,
      lastDurationMs: 10,
      lastDoneAt: null,
    });
    const undone = find((await look({ config: scheduled })).checks, 'schedule-heartbeats');
    expect(undone).toMatchObject({ status: 'warning', observed: 1 });
  });

  it('shows what an account without rights cannot measure as unknown with the GRANT', async () => {
    const user = `limited_${database.name.slice(-8)}`;
    await database.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'geheim-1234'`);
    await database.query(`GRANT ALL ON ${database.name}.* TO ${user}@'%'`);
    const url = new URL(database.url);
    url.username = user;
    url.password = 'geheim-1234';
    const report = await look({
      windowMs: 0,
      config: await configOf({ SCALECTL_DB_URL: url.href }),
    });
    await database.query(`DROP USER ${user}@'%'`);
    expect(find(report.checks, 'mean-query-time')).toMatchObject({
      status: 'unknown',
      observed: null,
    });
    expect(find(report.checks, 'mean-query-time').advice).toMatch(
      /GRANT SELECT ON performance_schema/,
    );
    expect(find(report.checks, 'long-transaction')).toMatchObject({ status: 'unknown' });
    // Without --strict they do not spoil the verdict.
    expect(report.status).not.toBe('unknown');
  });
});

async function look(
  options: { config?: Config } & Partial<Pick<HealthOptions, 'windowMs'>>,
): ReturnType<typeof checkHealth> {
  const used = options.config ?? config;
  const opened: (() => PromiseLike<void>)[] = [];
  const report = await checkHealth({
    config: used,
    openDatabase: async () => {
      const connected = await connectDatabase(used.database);
      opened.push(() => connected[Symbol.asyncDispose]());
      return connected;
    },
    openRedis:
      used.cache.url === null
        ? null
        : async () => {
            const connected = await connectRedis(used.cache);
            opened.push(() => connected.close());
            return connected;
          },
    windowMs: options.windowMs ?? 0,
    signal: new AbortController().signal,
  });
  for (const close of opened) await close();
  return report;
}

async function configOf(environment: Record<string, string>): Promise<Config> {
  return (await loadConfig({ workingDirectory: '/', environment, discover: false })).values;
}

function find(checks: readonly CheckResult[], id: string): CheckResult {
  const found = checks.find((check) => check.id === id);
  if (!found) throw new Error(`no check ${id}`);
  return found;
}
