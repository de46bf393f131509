import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rememberSecret } from '../../src/config/redact.ts';
import { processQueue } from '../../src/queue/worker/process-queue.ts';
import type { ProcessOptions, ProcessResult } from '../../src/queue/worker/process-options.ts';
import { openQueue } from '../support/queue.ts';
import type { OpenQueue } from '../support/queue.ts';
import { detailsOf, everyJob, isAlive, runOptions } from '../support/queue-run.ts';
import { addOne, eventually, newJob } from '../support/queue/jobs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let queue: OpenQueue;
let folder: string;

beforeAll(async () => {
  queue = await openQueue();
  folder = await temporaryFolder();
});
beforeEach(() => queue.empty());
afterAll(() => queue.close());

const node = (script: string, ...args: string[]): string[] => [
  process.execPath,
  '-e',
  script,
  ...args,
];
const sh = (script: string): string[] => ['sh', '-c', script];

function run(
  command: readonly string[],
  more: Partial<ProcessOptions> & { timeoutMs?: number; outputBytes?: number } = {},
): Promise<ProcessResult> {
  const { timeoutMs = 30_000, outputBytes = 4096, ...options } = more;
  const findHandler = everyJob(command, { timeoutMs, outputBytes, folder });
  return processQueue(runOptions(queue.store, findHandler, options));
}

describe('a handler that is a program', () => {
  it('gets the job as JSON on its standard input, the data as they were put in', async () => {
    const data =
      '{"amount":12345678901234567890,"rate":1.0,"text":"ä\\/ \\ud83d\\ude00 \\"$HOME\\""}';
    const id = await addOne(queue.store, newJob('send_email', { data, priority: 10 }));
    const { createdAt } = await detailsOf(queue.store, id);
    const result = await run(sh('cat > input.json; echo sent'));
    expect(result).toMatchObject({ processed: 1, completed: 1, failed: 0, remaining: 0 });
    const input = await readFile(path.join(folder, 'input.json'), 'utf8');
    expect(input).toBe(
      `{"id":${id},"type":"send_email","attempt":1,"maxAttempts":3,"priority":"high",` +
        `"createdAt":"${createdAt}","data":${data}}\n`,
    );
    expect(await detailsOf(queue.store, id)).toMatchObject({ status: 'completed', result: 'sent' });
  });

  it('may take a megabyte, or end without reading any of it', async () => {
    const data = JSON.stringify('ä'.repeat(400_000));
    const reading = await addOne(queue.store, newJob('work', { data }));
    await run(
      node(`
      let size = 0;
      process.stdin.on('data', (chunk) => (size += chunk.length));
      process.stdin.on('end', () => console.log(size > 800000));`),
    );
    const ignoring = await addOne(queue.store, newJob('work', { data }));
    await run(['true']);
    expect(await detailsOf(queue.store, reading)).toMatchObject({ result: 'true' });
    expect(await detailsOf(queue.store, ignoring)).toMatchObject({
      status: 'completed',
      result: null,
    });
  });

  it('has failed with another exit code than 0 and 75: its standard error is kept', async () => {
    const id = await addOne(queue.store);
    const result = await run(sh('echo out; echo "no such order" >&2; exit 3'), {
      policy: { firstDelayMs: 60_000, maxDelayMs: 60_000, maxAttemptsOf: () => 3 },
    });
    expect(result).toMatchObject({ processed: 1, failed: 1, retried: 1, deadLettered: 0 });
    expect(await detailsOf(queue.store, id)).toMatchObject({
      status: 'scheduled',
      attempts: 1,
      failures: [
        { reason: 'exit-code', message: 'it ended with exit code 3', output: 'no such order' },
      ],
    });
  });

  it('asks with 75 for a later run, which costs no attempt', async () => {
    const id = await addOne(queue.store, newJob('work', { maxAttempts: 1 }));
    const result = await run(sh('echo "the bank is closed" >&2; exit 75'), {
      policy: { firstDelayMs: 60_000, maxDelayMs: 60_000, maxAttemptsOf: () => 1 },
    });
    expect(result).toMatchObject({ retried: 1, deadLettered: 0 });
    expect(await detailsOf(queue.store, id)).toMatchObject({
      status: 'scheduled',
      attempts: 0,
      postponements: 1,
      failures: [{ reason: 'postponed', output: 'the bank is closed' }],
    });
  });

  it('goes to the dead letters after its last attempt, with the first error and the last', async () => {
    const id = await addOne(queue.store, newJob('work', { maxAttempts: 3 }));
    const script = sh('read line; case "$line" in *\'"attempt":3\'*) exit 9;; *) exit 1;; esac');
    const result = await run(script);
    expect(result).toMatchObject({ processed: 3, retried: 2, deadLettered: 1, failed: 3 });
    expect(await detailsOf(queue.store, id)).toMatchObject({
      status: 'failed',
      attempts: 3,
      failures: [
        { attempt: 1, message: 'it ended with exit code 1' },
        { attempt: 2 },
        { attempt: 3, message: 'it ended with exit code 9' },
      ],
    });
  });

  it('that ends by a signal has failed', async () => {
    const id = await addOne(queue.store, newJob('work', { maxAttempts: 1 }));
    await run(sh('echo half; kill -9 $$'));
    expect(await detailsOf(queue.store, id)).toMatchObject({
      failures: [{ reason: 'signal', message: 'it was ended by SIGKILL', output: 'half' }],
    });
  });

  it('that is not there, or may not be run, fails with the reason', async () => {
    const missing = await addOne(queue.store, newJob('work', { maxAttempts: 1 }));
    await run(['/no/such/program']);
    const refused = await addOne(queue.store, newJob('work', { maxAttempts: 1 }));
    await writeFile(path.join(folder, 'text.txt'), 'text', { mode: 0o600 });
    await run([path.join(folder, 'text.txt')]);
    expect((await detailsOf(queue.store, missing)).failures).toMatchObject([
      {
        reason: 'not-started',
        message: '/no/such/program cannot be started: there is no such program or folder',
      },
    ]);
    expect((await detailsOf(queue.store, refused)).failures).toMatchObject([
      {
        reason: 'not-started',
        message: expect.stringMatching(/cannot be started: .*EACCES/) as string,
      },
    ]);
  });

  it('is never run through a shell', async () => {
    const id = await addOne(queue.store);
    await run(['echo', '$HOME', ';', 'touch x', '*']);
    expect((await detailsOf(queue.store, id)).result).toBe('$HOME ; touch x *');
    expect(existsSync(path.join(folder, 'x'))).toBe(false);
  });

  it('may write without end: only the end of it is kept', async () => {
    const id = await addOne(queue.store);
    let mostBytes = 0;
    const timer = setInterval(() => {
      mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers);
    }, 5);
    await run(sh('yes a | head -c 60000000; yes | head -c 20000000 >&2; echo; echo end'), {
      outputBytes: 1000,
    });
    clearInterval(timer);
    const { status, result } = await detailsOf(queue.store, id);
    expect(status).toBe('completed');
    expect(result).toMatch(/^… [a\n]+\nend$/);
    expect(Buffer.byteLength(result ?? '')).toBeLessThan(1010);
    expect(mostBytes).toBeLessThan(50_000_000);
  });

  it('does not see the secrets of scalectl, under whatever name they are kept', async () => {
    rememberSecret('geheim-4711');
    process.env['SHOP_DB_PASSWORD'] = 'geheim-4711';
    process.env['SCALECTL_DB_URL'] = 'mysql://root@127.0.0.1/shop';
    process.env['SHOP_NAME'] = 'sipup';
    try {
      const id = await addOne(queue.store);
      await run(node('console.log(JSON.stringify(process.env))'));
      const { result } = await detailsOf(queue.store, id);
      const environment = JSON.parse(result?.replace(/^… /, '') ?? '') as Record<string, string>;
      expect(environment).toMatchObject({ SHOP_NAME: 'sipup', PATH: process.env['PATH'] });
      const names = Object.keys(environment);
      expect(names.filter((name) => /^SCALECTL_|PASSWORD/.test(name))).toEqual([]);
      expect(result).not.toContain('geheim');
    } finally {
      for (const name of ['SHOP_DB_PASSWORD', 'SCALECTL_DB_URL', 'SHOP_NAME']) {
        delete process.env[name];
      }
    }
  });
});

describe('a handler that takes too long', () => {
  it('is ended with all that it started, and has failed', async () => {
    const id = await addOne(queue.store, newJob('work', { maxAttempts: 1 }));
    const script = sh('trap "" TERM; sleep 60 & echo $! > child.pid; echo started; wait; sleep 60');
    const startedAt = performance.now();
    await run(script, { timeoutMs: 600 });
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect((await detailsOf(queue.store, id)).failures).toMatchObject([
      { reason: 'timeout', message: 'it took longer than 600ms and was ended', output: 'started' },
    ]);
    await expectGone(Number(await readFile(path.join(folder, 'child.pid'), 'utf8')));
  });

  it('may end by itself when it is told to', async () => {
    const id = await addOne(queue.store, newJob('work', { maxAttempts: 1 }));
    const script = `
      process.on('SIGTERM', () => { console.log('tidied'); process.exit(0); });
      console.log('started');
      setInterval(() => undefined, 1000);`;
    await run(node(script), { timeoutMs: 1500 });
    expect((await detailsOf(queue.store, id)).failures).toMatchObject([
      { reason: 'timeout', output: 'started\ntidied' },
    ]);
  });

  it('holds nobody up with outputs that its children keep open', async () => {
    const id = await addOne(queue.store);
    const startedAt = performance.now();
    await run(sh('sleep 30 & echo $! > sleeper.pid; echo done'));
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(await detailsOf(queue.store, id)).toMatchObject({ status: 'completed', result: 'done' });
    process.kill(Number(await readFile(path.join(folder, 'sleeper.pid'), 'utf8')), 'SIGKILL');
  });
});

async function expectGone(pid: number): Promise<void> {
  await eventually(
    () => Promise.resolve(isAlive(pid)),
    (alive) => !alive,
  );
}
