import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { writeJobFiles } from '../../src/sandbox/shop/job-files.ts';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { runScalectl, startScalectl } from '../support/scalectl.ts';
import type { ScalectlOptions, ScalectlResult } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let test: TestDatabase;
/** Holds the configuration; handlers run in it. */
let site: string;

/** A handler that runs this JavaScript; the job is in `job`. */
function script(code: string): { command: string[] } {
  const prelude = "const job = JSON.parse(require('fs').readFileSync(0, 'utf8'));";
  return { command: [process.execPath, '-e', `${prelude} ${code}`] };
}

beforeEach(async () => {
  test = await freshDatabase();
  site = await temporaryFolder();
  const handlers = {
    mark: script("require('fs').appendFileSync('marks', JSON.stringify(job.data) + '\\n')"),
    fail: { ...script("console.error('no mail server'); process.exit(1)"), maxAttempts: 1 },
    later: script('process.exit(75)'),
    slow: script('setTimeout(() => undefined, 60000)'),
  };
  await writeFile(
    path.join(site, 'scalectl.config.json'),
    JSON.stringify({ queue: { handlers, stopGrace: '300ms' } }),
  );
});

function queueOptions(options: ScalectlOptions = {}): ScalectlOptions {
  return { cwd: site, ...options, env: { SCALECTL_DB_URL: test.url, ...options.env } };
}

function queue(args: readonly string[], options?: ScalectlOptions): Promise<ScalectlResult> {
  return runScalectl(['queue', ...args], queueOptions(options));
}

async function marks(): Promise<string[]> {
  return (await readFile(path.join(site, 'marks'), 'utf8')).trim().split('\n');
}

describe('queue add and process', () => {
  it('run a job with its data as it was put in, and count it', async () => {
    const added = await queue(['add', 'mark', '--data', '{"amount":19.90}', '--json']);
    expect(added.json?.result).toMatchObject({ added: 1, duplicates: 0, ids: [1] });
    const processed = await queue(['process', '--json']);
    expect(processed.exitCode).toBe(0);
    expect(processed.json?.result).toMatchObject({
      processed: 1,
      completed: 1,
      failed: 0,
      retried: 0,
      deadLettered: 0,
      remaining: 0,
    });
    expect(await marks()).toEqual(['{"amount":19.9}']);
    const stats = await queue(['stats', '--json']);
    expect(stats.json?.result).toMatchObject({ pending: 0, completed: 1, total: 1 });
  });

  it('end with 1 when a job is dead, keep its error, and put it back on retry', async () => {
    await queue(['add', 'fail', '--priority', 'high']);
    await queue(['add', 'unheard_of']);
    const processed = await queue(['process']);
    expect(processed.exitCode).toBe(1);
    expect(processed.stdout).toContain('next: scalectl queue list --status failed');
    const listed = await queue(['list', '--status', 'failed']);
    expect(listed.stdout).toContain('it ended with exit code 1');
    expect(listed.stdout).toContain('no handler for the type unheard_of');
    expect((await queue(['show', '1'])).stdout).toContain('no mail server');
    const retried = await queue(['retry', '1', '99', '--json']);
    expect(retried.exitCode).toBe(1);
    expect(retried.json?.result).toMatchObject({
      changed: [1],
      unchanged: [{ id: 99, reason: 'there is no such job' }],
    });
    expect((await queue(['stats', '--json'])).json?.result).toMatchObject({
      pending: 1,
      failed: 1,
    });
  });

  it('put off a job whose handler asks for a later run, at exit 0', async () => {
    await queue(['add', 'later']);
    const processed = await queue(['process', '--json']);
    expect(processed.exitCode).toBe(0);
    expect(processed.json?.result).toMatchObject({ processed: 1, retried: 1, failed: 1 });
    expect((await queue(['stats', '--json'])).json?.result).toMatchObject({ scheduled: 1 });
  });

  it('add a file of jobs, name the line that is none, and take a unique key once', async () => {
    const lines = ['{"type":"mark","data":1}', '{"type":"mark","data":2,"unique":"k"}'];
    const added = await queue(['add', '--from', '-', '--json'], { input: lines.join('\n') });
    expect(added.json?.result).toMatchObject({ added: 2 });
    const broken = await queue(['add', '--from', '-', '--json'], { input: `${lines[0]}\n{"ty` });
    expect(broken.exitCode).toBe(2);
    expect(broken.json?.error).toMatchObject({ code: 'input-invalid' });
    expect(broken.json?.error?.message).toContain('line 2');
    const again = await queue(['add', 'mark', '--unique', 'k', '--json']);
    expect(again.json?.result).toMatchObject({ added: 0, duplicates: 1, ids: [2] });
  });

  it.each([
    [['add'], 'needs a type'],
    [['add', 'mark', '--data', '{a:1}'], 'data is not JSON'],
    [['add', 'mark', '--priority', 'urgent'], 'high, normal, low'],
    [['add', 'mark', '--at', 'tomorrow'], 'at is "tomorrow"'],
    [['add', 'mark', '--from', 'jobs'], '--from stands alone'],
    [['add', 'mark', '--unique-for', '1h'], '--unique-for goes with --unique'],
    [['show', 'abc'], 'is not the number of a job'],
    [['retry'], 'needs either numbers of jobs or --failed'],
    [['retry', '1', '2', '--data', '{}'], '--data goes with the number of one job'],
    [['retry', '1', '--data', '{a:1}'], 'data is not JSON'],
    [['purge'], 'needs one of --completed, --cancelled, --failed'],
    [['process', '--concurrency', '0'], '--concurrency is "0"'],
  ])('refuse %j with 64', async (args, message) => {
    const refused = await queue(args);
    expect(refused.exitCode).toBe(64);
    expect(refused.stderr).toContain(message);
  });

  it('refuse to turn every job into a dead letter when no handler is configured', async () => {
    await queue(['add', 'mark']);
    await writeFile(path.join(site, 'scalectl.config.json'), '{}');
    const refused = await queue(['process', '--json']);
    expect(refused.exitCode).toBe(78);
    expect(refused.json?.error).toMatchObject({ code: 'config-missing' });
    expect((await queue(['stats', '--json'])).json?.result).toMatchObject({ pending: 1 });
  });

  it('put the running job back at Ctrl-C, and end its handler', async () => {
    await queue(['add', 'slow']);
    const running = await startScalectl(['queue', 'process', '--watch'], queueOptions());
    await waitForStatus('processing');
    running.kill('SIGINT');
    expect(await running.done).toMatchObject({ exitCode: 130 });
    expect((await queue(['stats', '--json'])).json?.result).toMatchObject({
      pending: 1,
      processing: 0,
    });
  });

  it('drain and end with 0 at SIGTERM, and run what a page inserts while it watches', async () => {
    const running = await startScalectl(['queue', 'process', '--watch', '--json'], queueOptions());
    await waitForTables();
    await test.query(`INSERT INTO scalectl_queue_jobs (type, data) VALUES ('mark', '{"n":1}')`);
    await waitForStatus('completed');
    running.kill('SIGTERM');
    const done = await running.done;
    expect(done.exitCode).toBe(0);
    expect(done.json?.result).toMatchObject({ processed: 1, completed: 1 });
  });
});

describe('queue cancel, pause and purge', () => {
  it('take out waiting jobs, hold back types, and remove dead letters only when confirmed', async () => {
    await queue(['add', 'mark']);
    await queue(['add', 'fail']);
    expect((await queue(['cancel', '1'])).stdout).toBe('1 job cancelled\n');
    await queue(['pause', 'fail']);
    expect((await queue(['process', '--json'])).json?.result).toMatchObject({
      processed: 0,
      remaining: 1,
    });
    await queue(['resume']);
    await queue(['process']);
    const unconfirmed = await queue(['purge', '--failed', '--older-than', '0s', '--yes']);
    expect(unconfirmed.exitCode).toBe(77);
    expect(unconfirmed.stderr).toContain(`--confirm ${test.name}`);
    const purged = await queue([
      'purge',
      '--failed',
      '--older-than',
      '0s',
      '--yes',
      '--confirm',
      test.name,
      '--json',
    ]);
    expect(purged.json?.result).toMatchObject({ jobs: 1, status: 'failed' });
    expect((await queue(['retry', '--failed'])).stdout).toContain('0 jobs put back');
  });

  it('change nothing in a dry run', async () => {
    await queue(['add', 'mark']);
    const before = (await queue(['stats', '--json'])).json?.result as { countedAt: string };
    const runs = [
      ['process', '--dry-run'],
      ['cancel', '1', '--dry-run'],
      ['pause', '--dry-run'],
      ['add', 'mark', '--dry-run'],
    ];
    for (const args of runs) expect(await queue(args)).toMatchObject({ exitCode: 0 });
    const after = (await queue(['stats', '--json'])).json?.result as { countedAt: string };
    const without = { countedAt: '', oldestPendingAgeMs: 0 };
    expect({ ...after, ...without }).toEqual({ ...before, ...without });
  });
});

describe('queue import', () => {
  it('takes the platform’s files once, names those that are no jobs, and marks the rest', async () => {
    const folder = path.join(site, 'queue');
    const counts = await writeJobFiles({ folder, pending: 20, seed: 3, now: new Date() });
    const first = await queue(['import', 'queue', '--json']);
    const whole = counts.pending + counts.scheduled + counts.completed + counts.failed;
    expect(first.exitCode).toBe(1);
    expect(first.json?.result).toMatchObject({ imported: whole, alreadyImported: 0 });
    const { corrupt } = first.json?.result as { corrupt: { file: string; reason: string }[] };
    expect(corrupt).toHaveLength(counts.torn + counts.notJson);
    const second = await queue(['import', 'queue', '--rename', '--json']);
    expect(second.json?.result).toMatchObject({ imported: 0, alreadyImported: whole });
    const names = await readdir(folder);
    expect(names.filter((name) => name.endsWith('.json.imported'))).toHaveLength(whole);
    for (const { file } of corrupt) expect(names).toContain(file);
    expect((await queue(['stats', '--json'])).json?.result).toMatchObject({
      pending: counts.pending,
      scheduled: counts.scheduled,
      completed: counts.completed,
      failed: counts.failed,
    });
  });
});

async function waitForTables(): Promise<void> {
  await expect
    .poll(() => test.query(`SHOW TABLES LIKE 'scalectl\\_queue\\_control'`), { timeout: 20_000 })
    .toHaveLength(1);
  await expect
    .poll(() => test.query('SELECT name FROM scalectl_queue_control'), { timeout: 20_000 })
    .toHaveLength(3);
}

async function waitForStatus(status: 'processing' | 'completed'): Promise<void> {
  await expect
    .poll(async () => (await queue(['stats', '--json'])).json?.result, { timeout: 20_000 })
    .toMatchObject({ [status]: 1 });
}
