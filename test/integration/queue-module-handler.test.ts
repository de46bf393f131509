import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createModuleHandler } from '../../src/queue/handlers/module.ts';
import { processQueue } from '../../src/queue/worker/process-queue.ts';
import type { ProcessOptions } from '../../src/queue/worker/process-options.ts';
import { openQueue } from '../support/queue.ts';
import type { OpenQueue } from '../support/queue.ts';
import { detailsOf, runOptions } from '../support/queue-run.ts';
import { addOne, newJob } from '../support/queue/jobs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let queue: OpenQueue;
let folder: string;
let modules = 0;

beforeAll(async () => {
  queue = await openQueue();
  folder = await temporaryFolder();
});
beforeEach(() => queue.empty());
afterAll(() => queue.close());

interface RunOptions extends Partial<ProcessOptions> {
  timeoutMs?: number;
  data?: string;
  maxAttempts?: number;
  jobs?: number;
}

/** Runs a job with a module of this code; what became of it. */
async function run(code: string, more: RunOptions = {}) {
  const { timeoutMs = 10_000, data = '{}', maxAttempts = 1, jobs = 1, ...options } = more;
  const file = `module ${++modules}.mjs`;
  await writeFile(path.join(folder, file), code);
  const handler = createModuleHandler({ file: `./${file}`, folder, timeoutMs, outputBytes: 4096 });
  let id = 0;
  for (let n = 0; n < jobs; n += 1) {
    id = await addOne(queue.store, newJob('work', { data, maxAttempts }));
  }
  await processQueue(runOptions(queue.store, () => handler, options));
  return detailsOf(queue.store, id);
}

describe('a handler that is a module', () => {
  it('gets the job and gives its result back', async () => {
    const { result, id } = await run(
      'export default async (job) => ({ id: job.id, attempt: job.attempt, amount: job.data.amount, text: job.dataText });',
      { data: '{"amount":1.0,"big":12345678901234567890}' },
    );
    const text = '{"amount":1.0,"big":12345678901234567890}';
    expect(JSON.parse(result ?? '')).toEqual({ id, attempt: 1, amount: 1, text });
  });

  it('may return a text, nothing, or what JSON does not know', async () => {
    expect((await run('export default () => "sent";')).result).toBe('sent');
    expect((await run('export default () => undefined;')).result).toBeNull();
    expect((await run('export default () => 10n;')).result).toBe('10');
  });

  it('is loaded once for many jobs', async () => {
    const code = 'let jobs = 0; export default () => ++jobs;';
    expect((await run(code, { jobs: 20, concurrency: 1 })).result).toBe('20');
  });

  it('has failed by an exception: the message, how far it was, and where', async () => {
    const { failures } = await run(
      'export default async (job, { progress }) => { progress("page 1"); throw new TypeError("no such page"); };',
    );
    expect(failures).toMatchObject([{ reason: 'error', message: 'no such page' }]);
    expect(failures[0]?.output).toMatch(/^page 1\nTypeError: no such page\n +at .*module/);
  });

  it('asks for a later run, or gives the job up', async () => {
    const later = await run(
      'export default (job, { later }) => { throw later("closed", 3600000); };',
    );
    expect(later).toMatchObject({ status: 'scheduled', attempts: 0, postponements: 1 });
    expect(new Date(later.at ?? 0).getTime() - Date.now()).toBeGreaterThan(3_000_000);
    const code = 'export default (job, { giveUp }) => { throw giveUp("cancelled"); };';
    expect(await run(code, { maxAttempts: 5 })).toMatchObject({
      status: 'failed',
      attempts: 1,
      lastError: 'cancelled',
    });
  });

  it('is told by its signal that it takes too long, and has failed', async () => {
    const { failures } = await run(
      `export default (job, { signal, progress }) => new Promise((resolve) => {
        signal.addEventListener('abort', () => { progress(signal.reason.message); resolve('late'); });
      });`,
      { timeoutMs: 200 },
    );
    expect(failures).toMatchObject([
      {
        reason: 'timeout',
        message: 'it took longer than 200ms and was ended',
        output: 'it took longer than 200ms',
      },
    ]);
  });

  it('is left behind when it does not listen', async () => {
    const startedAt = performance.now();
    const { failures } = await run('export default () => new Promise(() => undefined);', {
      timeoutMs: 100,
    });
    expect(failures).toMatchObject([{ reason: 'timeout' }]);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it('is put back uncharged when the run is stopped', async () => {
    const details = await run(
      `export default (job, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve));`,
      { maxTimeMs: 300, graceMs: 100 },
    );
    expect(details).toMatchObject({ status: 'pending', attempts: 0 });
  });

  it.each([
    ['has no function', 'export const x = 1;', /cannot be used: its default export is no function/],
    ['has an error in it', 'export default (', /cannot be used: /],
    ['throws', 'throw new Error("no config");', /cannot be used: no config/],
    ['asks for what is not there', 'import "./none.mjs";', /cannot be used: Cannot find module/],
  ])('fails its jobs when it %s', async (_, code, message) => {
    expect((await run(code)).failures).toMatchObject([
      { reason: 'not-started', message: expect.stringMatching(message) as string },
    ]);
  });
});
