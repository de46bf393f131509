import { afterEach, describe, expect, it, vi } from 'vitest';
import { installedPrograms } from '../../src/sandbox/programs.mjs';
import { freshDatabase } from '../support/database.ts';
import { leftIn } from '../support/demo.ts';
import type { DemoJson } from '../support/demo.ts';
import { runScalectl, startScalectl } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const timeoutMs = 240_000;

describe('scalectl demo --json', { timeout: timeoutMs }, () => {
  it('runs the whole round, tells each step and a summary, and leaves nothing behind', async () => {
    const temporary = await temporaryFolder();
    const run = await runScalectl(['demo', '--scale', 'small', '--json'], {
      // A step that followed the user's environment would not reach its database.
      env: {
        TMPDIR: temporary,
        SCALECTL_DB_URL: 'mysql://nobody@127.0.0.1:1/none',
        SCALECTL_QUEUE_CONCURRENCY: 'wrong',
      },
      timeoutMs,
    });
    expect(run.stdout.trim().split('\n')).toHaveLength(1);
    expect(run.json).toMatchObject({ ok: true, command: 'demo', error: null });
    const result = run.json?.result as DemoJson;
    expect(result).toMatchObject({ scale: 'small', seed: 42, kept: null });
    const steps = new Map(result.steps.map((step) => [step.command, step]));
    expect(result.steps.map(({ command }) => command)).toEqual([
      'health',
      'optimize-db',
      'queue import',
      'queue process',
      'cache inspect',
      'loadtest',
      'health',
    ]);
    // On a machine that is too busy the load test calls itself invalid: told, and exit code 1.
    const failed = result.steps.filter(({ error }) => error !== null);
    expect(failed.map(({ command }) => command).filter((name) => name !== 'loadtest')).toEqual([]);
    expect(run.exitCode).toBe(failed.length === 0 ? 0 : 1);
    for (const { commandLine, durationMs, result: own } of result.steps) {
      expect(commandLine).toMatch(/^scalectl /);
      expect(durationMs).toBeGreaterThan(0);
      expect(own).not.toBeNull();
    }
    expect(steps.get('optimize-db')?.result).toMatchObject({
      database: 'b2b_billing_system',
      runId: 1,
    });
    expect(steps.get('queue import')).toMatchObject({ exitCode: 1, result: { imported: 53 } });
    expect(steps.get('cache inspect')).toMatchObject({ exitCode: 0, result: { driver: 'redis' } });

    const { summary } = result;
    expect(summary.indexes?.created).toBeGreaterThanOrEqual(1);
    expect(summary.indexes?.redundant).toBeGreaterThanOrEqual(10);
    expect(summary.page?.beforeMs).toBeGreaterThan(summary.page?.afterMs ?? Infinity);
    expect(summary.pages.statements).toBeGreaterThan(20);
    expect(summary.queue).toMatchObject({ imported: 53, corrupt: 2, remaining: 0 });
    // Of the forty that were due each came to an end; product 100 is withdrawn and cannot be restocked.
    expect((summary.queue?.completed ?? 0) + (summary.queue?.deadLettered ?? 0)).toBe(40);
    expect(summary.queue?.completed).toBeGreaterThan(30);
    expect(summary.queue?.deadLettered).toBeGreaterThan(0);
    expect(summary.cache?.keys).toBeGreaterThan(20);
    expect(summary.cache?.hitRate).toBeGreaterThan(0.5);
    expect(summary.cache?.hitRate).toBeLessThan(1);
    expect(summary.loadtest?.requests).toBeGreaterThan(20);
    expect(summary.loadtest?.successRate).toBe(1);
    expect(summary.loadtest?.p50Ms).toBeGreaterThan(0);
    expect(summary.loadtest?.p95Ms).toBeGreaterThanOrEqual(summary.loadtest?.p50Ms ?? Infinity);
    expect(summary.health.before).toMatch(/^(ok|warning|critical)$/);
    expect(summary.health.after).toMatch(/^(warning|critical)$/);
    expect(await leftIn(temporary)).toEqual([]);
  });

  it('leaves nothing when Ctrl-C comes while the shop is filled', async () => {
    const temporary = await temporaryFolder();
    const run = await startScalectl(['demo', '--scale', 'medium'], {
      env: { TMPDIR: temporary },
      timeoutMs,
    });
    await run.waitFor(/filling the shop: \d+ of/);
    run.kill('SIGINT');
    const ended = await run.done;
    expect(ended.exitCode).toBe(130);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toContain('the demo was stopped; nothing of it is left');
    expect(await leftIn(temporary)).toEqual([]);
  });
});

describe('what a demo refuses', { timeout: timeoutMs }, () => {
  it('names the packages to install when there are no server programs', async (test) => {
    vi.stubEnv('PATH', '');
    const everywhere = [
      ...installedPrograms('mariadb', ['mariadbd', 'mysqld']),
      ...installedPrograms('redis', ['redis-server', 'valkey-server']),
    ];
    if (everywhere.length > 0) test.skip('this machine has servers in the usual places');
    const run = await runScalectl(['demo', '--json'], {
      env: { PATH: '', XDG_CACHE_HOME: await temporaryFolder() },
      timeoutMs,
    });
    expect(run.exitCode).toBe(69);
    expect(run.json?.error).toMatchObject({
      code: 'server-program-missing',
      message: 'There is no MariaDB and no Redis server program on this machine.',
    });
    if (process.platform === 'linux') {
      expect(run.json?.error?.hint).toContain('apt-get install mariadb-server-core');
      expect(run.json?.error?.hint).toContain('apt-get install redis-server');
    }
  });

  it('is a database with tables, which stays as it is', async () => {
    const temporary = await temporaryFolder();
    const test = await freshDatabase();
    await test.query('CREATE TABLE notes (id INT PRIMARY KEY)');
    const run = await runScalectl(['demo', '--json', '--db', test.url], {
      env: { TMPDIR: temporary },
      timeoutMs,
    });
    expect(run.exitCode).toBe(77);
    expect(run.json?.error?.code).toBe('refused');
    expect(run.json?.error?.message).toContain('the table notes');
    expect(await test.query('SHOW TABLES')).toHaveLength(1);
    expect(await leftIn(temporary)).toEqual([]);
  });

  it.each([
    [['--redis', 'redis://127.0.0.1:1/0'], '--redis'],
    [['--config', 'none.json'], '--config'],
    [['--stop', '--keep'], '--stop stands alone'],
  ])('is %j', async (args, told) => {
    const run = await runScalectl(['demo', ...args]);
    expect(run.exitCode).toBe(64);
    expect(run.stderr).toContain(told);
  });
});

describe('scalectl demo --dry-run', { timeout: timeoutMs }, () => {
  it('names the programs and the commands, and starts nothing', async () => {
    const temporary = await temporaryFolder();
    const test = await freshDatabase();
    const run = await runScalectl(['demo', '--dry-run', '--db', test.url], {
      env: { TMPDIR: temporary },
      timeoutMs,
    });
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain(test.name);
    expect(run.stdout).toContain('scalectl optimize-db\n');
    expect(run.stdout).toContain('Nothing was started.');
    expect(await test.query('SHOW TABLES')).toEqual([]);
    expect(await leftIn(temporary)).toEqual([]);
  });
});

afterEach(() => {
  vi.unstubAllEnvs();
});
