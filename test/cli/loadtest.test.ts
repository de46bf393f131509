import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadTestResult } from '../../src/loadtest/plan.ts';
import { refusedUrl, startSite } from '../support/http-servers.ts';
import type { TestSite } from '../support/http-servers.ts';
import { runScalectl, startScalectl } from '../support/scalectl.ts';
import type { ScalectlResult } from '../support/scalectl.ts';

let site: TestSite;
let folder = '';

beforeAll(async () => {
  site = await startSite((request, response) => {
    const isSlow = request.url?.startsWith('/slow') ?? false;
    setTimeout(() => response.end('<h1>Shop</h1>'), isSlow ? 150 : 0);
  });
  folder = await mkdtemp(path.join(os.tmpdir(), 'loadtest-cli-'));
});

afterAll(() => rm(folder, { recursive: true }));

const short = ['--users', '20', '--duration', '1s', '--ramp', '100ms', '--think', '100ms'];

function load(args: readonly string[], env: Record<string, string> = {}): Promise<ScalectlResult> {
  return runScalectl(['loadtest', ...args], { env });
}

function resultOf({ json }: ScalectlResult): LoadTestResult {
  return json?.result as LoadTestResult;
}

/** A generator that a busy machine keeps waiting says so (invalid), which is right and no fault of the code. */
const onBusyMachine = { retry: 3 };

describe('scalectl loadtest', onBusyMachine, () => {
  it('prints the promised result as JSON and ends with 0 when the site holds', async () => {
    const run = await load([site.url, ...short, '--json']);
    expect(run.exitCode).toBe(0);
    expect(run.json).toMatchObject({ ok: true, command: 'loadtest', error: null });
    const result = resultOf(run);
    const latency = expect.any(Number) as number;
    expect(result).toMatchObject({
      target: `${site.url}/`,
      users: 20,
      durationMs: 1000,
      requests: expect.any(Number) as number,
      requestsPerSecond: expect.any(Number) as number,
      successRate: 1,
      latencyMs: {
        min: latency,
        mean: latency,
        p50: latency,
        p90: latency,
        p95: latency,
        p99: latency,
        p999: latency,
        max: latency,
      },
      statusCodes: { 200: result.requests },
      errors: {},
      thresholds: [
        { expression: 'p95<500ms', actual: result.latencyMs.p95, passed: true },
        { expression: 'successRate>=99%', actual: 1, passed: true },
      ],
      verdict: 'passed',
      generator: { cpu: latency, sendLagP99Ms: latency, valid: true },
    });
    expect(result.requests).toBeGreaterThan(50);
    expect(run.stderr).toBe('');
  });

  it('shows verdict, thresholds and figures to a person, without escape bytes in a pipe', async () => {
    const run = await load([site.url, ...short]);
    expect(run.stdout).toMatch(/ passed$/m);
    expect(run.stdout).toMatch(/^p95<500ms .* ms +passed$/m);
    expect(run.stdout).toMatch(/^statuses +200: \d+$/m);
    expect(run.stderr).toContain('about 200 requests a second');
    expect(run.stdout + run.stderr).not.toContain('\u001b');
  });

  it('ends with 1 when a threshold was missed', async () => {
    const limits = ['--threshold', 'p95<100ms', '--threshold', 'errors==0'];
    const run = await load([`${site.url}/slow`, ...short, ...limits, '--json']);
    expect(run.exitCode).toBe(1);
    expect(run.json?.ok).toBe(true);
    expect(resultOf(run)).toMatchObject({
      verdict: 'failed',
      thresholds: [{ expression: 'p95<100ms', passed: false }, { passed: true }],
    });
  });

  it('ends with 1 and the kind of error when nothing listens', async () => {
    const run = await load([await refusedUrl(), ...short, '--json']);
    expect(run.exitCode).toBe(1);
    expect(Object.keys(resultOf(run).errors)).toEqual(['connection-refused']);
  });

  it('ends with 2 and keeps the result when the generator was too slow', async () => {
    const running = await startScalectl([
      'loadtest',
      site.url,
      '--users',
      '50',
      '--duration',
      '4s',
      '--ramp',
      '0',
      '--think',
      '100ms',
      '--json',
    ]);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    running.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 800));
    running.kill('SIGCONT');
    const run = await running.done;
    expect(run.exitCode).toBe(2);
    expect(run.json).toMatchObject({ ok: false, error: { code: 'operation-failed' } });
    expect(resultOf(run)).toMatchObject({ verdict: 'invalid', generator: { valid: false } });
  });

  it('runs arrivals, the platform’s pages and the capacity probe', async () => {
    const arrivals = await load([
      site.url,
      '--rate',
      '50',
      '--duration',
      '1s',
      '--ramp',
      '0',
      '--json',
    ]);
    expect(resultOf(arrivals)).toMatchObject({ model: 'arrivals', successRate: 1 });
    const browse = await load([site.url, '--journey', 'browse', ...short, '--json']);
    expect(resultOf(browse).steps.map(({ path: at }) => at)).toEqual([
      '/index.php',
      '/pages/products.php',
    ]);
    const probe = await load([
      site.url,
      '--engine',
      'autocannon',
      '--users',
      '5',
      '--duration',
      '1s',
      '--json',
    ]);
    expect(resultOf(probe).model).toBe('closed-loop');
    expect(resultOf(probe).latencyMs.p95).toBeGreaterThan(0);
    expect(probe.json?.warnings.join()).toContain('no latency that users see');
  });

  it('tests the target of the configuration when no URL is given', async () => {
    const run = await load([...short, '--json'], { SCALECTL_LOADTEST_TARGET: `${site.url}/set` });
    expect(resultOf(run).target).toBe(`${site.url}/set`);
  });

  it('stops at Ctrl-C with what was measured, and 130', async () => {
    const running = await startScalectl([
      'loadtest',
      site.url,
      '--users',
      '10',
      '--duration',
      '60s',
      '--ramp',
      '0',
      '--think',
      '50ms',
      '--json',
    ]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    running.kill('SIGINT');
    const run = await running.done;
    expect(run.exitCode).toBe(130);
    expect(run.json).toMatchObject({ ok: false, error: { code: 'interrupted' } });
    expect(resultOf(run).requests).toBeGreaterThan(10);
    expect(run.durationMs).toBeLessThan(5000);
  });
});

describe('scalectl loadtest refuses', onBusyMachine, () => {
  it.each([
    ['no user', ['http://127.0.0.1/', '--users', '0']],
    ['users that are no number', ['http://127.0.0.1/', '--users', 'abc']],
    ['a URL without scheme', ['127.0.0.1/index.php']],
    ['no URL at all', ['--users', '5']],
    ['a duration without unit', ['http://127.0.0.1/', '--duration', '5']],
    ['a duration of nothing', ['http://127.0.0.1/', '--duration', '0']],
    ['a rate of nothing', ['http://127.0.0.1/', '--rate', '0']],
    ['a threshold that is none', ['http://127.0.0.1/', '--threshold', 'p95<500']],
    ['an unknown engine', ['http://127.0.0.1/', '--engine', 'wrk']],
    ['an unknown journey', ['http://127.0.0.1/', '--journey', 'brows']],
  ])('%s with 64', async (_, args) => {
    const run = await load([...args, '--json']);
    expect(run.exitCode).toBe(64);
    expect(run.json).toMatchObject({ ok: false, result: null, error: { code: 'usage' } });
  });

  it('a public host with 77, unless it is allowed', async () => {
    const run = await load(['http://203.0.113.7/', '--users', '1', '--json']);
    expect(run.exitCode).toBe(77);
    expect(run.json?.error).toMatchObject({
      code: 'refused',
      hint: expect.stringContaining('loadtest.allowHosts') as string,
    });
  });

  it('more users than this machine can connect with 2, and says how many it can', async () => {
    const run = await load([site.url, '--users', '100000', '--json']);
    expect(run.exitCode).toBe(2);
    expect(run.json?.error?.hint).toMatch(/at most \d+ users/);
  });

  it('a wrong journey file with 78, naming line and step', async () => {
    const file = path.join(folder, 'journey.yaml');
    await writeFile(file, 'steps:\n  - path: /\n  - name: cart\n    path: cart.php\n');
    const run = await load([site.url, '--journey', file, '--json']);
    expect(run.exitCode).toBe(78);
    expect(run.json?.error?.message).toContain(`${file}, line 4, step 2 "cart": path must be`);
  });

  it('a wrong threshold in the configuration with 78', async () => {
    const run = await load([site.url], { SCALECTL_LOADTEST_THRESHOLDS: 'p95<500' });
    expect(run.exitCode).toBe(78);
    expect(run.stderr).toContain('loadtest.thresholds');
  });

  it('a journey that writes with 77, and shows no password on the way', async () => {
    const env = {
      SCALECTL_LOADTEST_LOGIN_EMAILS: 'a@shop.test',
      SCALECTL_LOADTEST_LOGIN_PASSWORD: 'planted-secret-123',
    };
    const refused = await load([site.url, '--journey', 'checkout', '--debug'], env);
    expect(refused.exitCode).toBe(77);
    expect(refused.stderr).toContain('--allow-writes');
    const run = await load([site.url, '--journey', 'login', ...short, '--debug'], env);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('extract-missing');
    for (const output of [refused.stdout, refused.stderr, run.stdout, run.stderr])
      expect(output).not.toContain('planted-secret-123');
  });
});
