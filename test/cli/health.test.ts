import { XMLParser } from 'fast-xml-parser';
import { beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from '../../src/sandbox/servers/redis.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import { freshDatabase } from '../support/database.ts';
import { runScalectl, startScalectl } from '../support/scalectl.ts';
import type { Envelope, ScalectlResult } from '../support/scalectl.ts';

interface Check {
  id: string;
  area: string;
  status: string;
}

let up: Record<string, string>;

beforeAll(async () => {
  const database = await freshDatabase();
  // One of its own: without a limit of its memory, health warns.
  const redis = await startRedis({ extraConfiguration: ['maxmemory 256mb'] });
  atEndOfFile(() => redis.stop());
  up = { SCALECTL_DB_URL: database.url, SCALECTL_REDIS_URL: redis.url };
});

const health = (
  words: readonly string[],
  env: Record<string, string | undefined> = {},
): Promise<ScalectlResult> =>
  runScalectl(['health', '--window', '0ms', ...words], { env: { ...up, ...env } });

const checksOf = (envelope: Envelope | null): Check[] =>
  (envelope?.result as { checks: Check[] }).checks;

/** The machine's own load must not decide what these tests see. */
const onlyCache = ['--only', 'cache'];

describe('the exit code of health', () => {
  it('is 0 when all is well', async () => {
    const { exitCode, json } = await health([...onlyCache, '--json']);
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ ok: true, command: 'health', result: { status: 'ok' } });
    expect(new Set(checksOf(json).map(({ area }) => area))).toEqual(new Set(['cache']));
  });

  it('is 1 for a warning', async () => {
    const env = { SCALECTL_HEALTH_THRESHOLDS_CONNECTIONS_WARNING: '0.001' };
    const { exitCode, json } = await health(['--only', 'database', '--json'], env);
    expect(json).toMatchObject({ ok: true, result: { status: 'warning' } });
    expect(exitCode).toBe(1);
  });

  it('is 2 when a server cannot be reached, with the others still measured', async () => {
    const env = { SCALECTL_REDIS_URL: 'redis://127.0.0.1:1/0' };
    const { exitCode, json } = await health(['--json'], env);
    expect(exitCode).toBe(2);
    expect(json).toMatchObject({ ok: true, error: null, result: { status: 'critical' } });
    const states = Object.fromEntries(checksOf(json).map(({ id, status }) => [id, status]));
    expect(states).toMatchObject({ 'cache-reachable': 'critical', 'database-reachable': 'ok' });
  });

  it('is 3 for a bad configuration, and 64 for wrong usage', async () => {
    const bad = await health(['--json'], { SCALECTL_HEALTH_WINDOW: 'soon' });
    expect(bad).toMatchObject({
      exitCode: 3,
      json: { ok: false, error: { code: 'config-invalid' } },
    });
    expect(await health(['--format', 'xml'])).toMatchObject({ exitCode: 64, stdout: '' });
  });
});

describe('a format of health', () => {
  it('table: findings, and why something was not checked', async () => {
    const { stdout, stderr, exitCode } = await health(onlyCache);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^health: ok$/m);
    expect(stdout).toContain('cache-reachable');
    expect(stderr).not.toContain('warning:');
  });

  it('nagios: one line with verdict and performance data, also when it is critical', async () => {
    const good = await health([...onlyCache, '--format', 'nagios']);
    expect(good.stdout).toMatch(/^SCALECTL OK - /);
    expect(good.exitCode).toBe(0);
    const bad = await health(['--format', 'nagios'], {
      SCALECTL_REDIS_URL: 'redis://127.0.0.1:1/0',
    });
    expect(bad.stdout).toMatch(/^SCALECTL CRITICAL - /);
    expect(bad.exitCode).toBe(2);
  });

  it('prometheus: metrics with help and type, each line well formed', async () => {
    const { stdout } = await health([...onlyCache, '--format', 'prometheus']);
    expect(stdout).toMatch(/^# HELP scalectl_health_status /m);
    expect(stdout).toMatch(/^scalectl_health_status 0$/m);
    for (const line of stdout.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? -?[\d.eE+-]+)$/);
    }
  });

  it('junit: a test case for every check', async () => {
    const { stdout } = await health([...onlyCache, '--format', 'junit']);
    const parsed = new XMLParser({ ignoreAttributes: false }).parse(stdout) as {
      testsuite: { '@_tests': string; testcase: object[] };
    };
    expect(parsed.testsuite.testcase).toHaveLength(Number(parsed.testsuite['@_tests']));
  });

  it('health+json: the draft standard of health checks', async () => {
    const { stdout } = await health([...onlyCache, '--format', 'health+json']);
    const body = JSON.parse(stdout) as { status: string; checks: Record<string, unknown[]> };
    expect(body.status).toBe('pass');
    expect(body.checks['cache:cache-reachable']).toHaveLength(1);
  });
});

describe('health --watch', () => {
  const words = ['health', '--watch', '--window', '0ms', '--interval', '100ms', ...onlyCache];

  it('prints an envelope a line, and ends at Ctrl-C with 130', async () => {
    const running = await startScalectl([...words, '--json'], { env: up });
    await running.waitFor(/(\{.*\}\n){2}/);
    running.kill('SIGINT');
    const { exitCode, stdout } = await running.done;
    expect(exitCode).toBe(130);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Envelope);
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(lines[0]).toMatchObject({ ok: true, command: 'health', result: { status: 'ok' } });
    expect(lines.at(-1)).toMatchObject({ ok: false, error: { code: 'interrupted' } });
  });

  it('ends at SIGTERM with 0', async () => {
    const running = await startScalectl(words, { env: up });
    await running.waitFor('health: ok');
    running.kill('SIGTERM');
    expect(await running.done).toMatchObject({ exitCode: 0, signal: null });
  });
});
