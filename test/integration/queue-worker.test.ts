import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Attempt, RunnableJob } from '../../src/queue/handlers/handler.ts';
import { processQueue } from '../../src/queue/worker/process-queue.ts';
import type { ProcessOptions, ProcessResult } from '../../src/queue/worker/process-options.ts';
import { startMariadb } from '../../src/sandbox/servers/mariadb.ts';
import { openQueue } from '../support/queue.ts';
import type { OpenQueue } from '../support/queue.ts';
import { detailsOf, everyJob, inProcess, isAlive, runOptions } from '../support/queue-run.ts';
import { addOne, claim, eventually, ids, newJob, newJobs } from '../support/queue/jobs.ts';
import { openWorker, pause } from '../support/queue/jobs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let queue: OpenQueue;

beforeAll(async () => {
  queue = await openQueue();
});
beforeEach(() => queue.empty());
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => queue.close());

const done: Attempt = { kind: 'done', result: null };
const noop = inProcess(() => done);

function failed(message: string): Attempt {
  return { kind: 'failed', failure: { reason: 'error', message, output: null } };
}

function run(findHandler = noop, more: Partial<ProcessOptions> = {}): Promise<ProcessResult> {
  return processQueue(runOptions(queue.store, findHandler, more));
}

async function expectNobodyAtWork(): Promise<void> {
  expect(await queue.test.query('SELECT * FROM scalectl_queue_claims')).toEqual([]);
}

describe('a run', () => {
  it('ends when nothing is due, and says what it did', async () => {
    await queue.store.add([...newJobs(800), newJob('work', { due: { delayMs: 3_600_000 } })]);
    const progress: number[] = [];
    const result = await run(noop, { onProgress: ({ processed }) => progress.push(processed) });
    expect(result).toMatchObject({
      processed: 800,
      completed: 800,
      failed: 0,
      retried: 0,
      deadLettered: 0,
      remaining: 0,
    });
    expect(Math.max(...progress)).toBeLessThanOrEqual(800);
    // The duration is rounded to a millisecond, the rate is made from the exact one.
    expect((result.jobsPerSecond * result.durationMs) / 800_000).toBeCloseTo(1, 1);
    expect(await queue.store.stats()).toMatchObject({
      completed: 800,
      scheduled: 1,
      processing: 0,
    });
    await expectNobodyAtWork();
  });

  it('runs nothing when there is nothing', async () => {
    expect(await run()).toMatchObject({ processed: 0, remaining: 0 });
    await expectNobodyAtWork();
  });

  it('runs so many jobs at once as it is told, urgent ones first', async () => {
    const order: number[] = [];
    let running = 0;
    let most = 0;
    await queue.store.add([90, 50, 10, 50, 10, 90].map((priority) => newJob('work', { priority })));
    await run(
      inProcess(async ({ priority }) => {
        order.push(priority);
        most = Math.max(most, ++running);
        await pause(20);
        running -= 1;
        return done;
      }),
      { concurrency: 2 },
    );
    expect(most).toBe(2);
    expect(order).toEqual([10, 10, 50, 50, 90, 90]);
  });

  it('sends a job of an unknown type to the dead letters at once, with the reason', async () => {
    const id = await addOne(queue.store, newJob('no_such_type'));
    const known = await addOne(queue.store, newJob('work'));
    const findHandler: ProcessOptions['findHandler'] = (type) =>
      type === 'work' ? { run: () => done } : null;
    const result = await run(findHandler);
    expect(result).toMatchObject({ processed: 2, completed: 1, deadLettered: 1, retried: 0 });
    expect(await detailsOf(queue.store, id)).toMatchObject({
      status: 'failed',
      attempts: 1,
      failures: [
        {
          reason: 'no-handler',
          message: 'queue.handlers has no handler for the type no_such_type',
        },
      ],
    });
    expect(await detailsOf(queue.store, known)).toMatchObject({ status: 'completed' });
  });

  it('tries a failed job again after a pause that grows, up to its last attempt', async () => {
    const id = await addOne(queue.store);
    const starts: number[] = [];
    const watching = new AbortController();
    const result = await run(
      inProcess(({ attempts }) => {
        starts.push(performance.now());
        if (attempts === 2) watching.abort();
        return failed(`attempt ${attempts + 1}`);
      }),
      {
        policy: { firstDelayMs: 200, maxDelayMs: 10_000, maxAttemptsOf: () => 3 },
        watch: true,
        signal: watching.signal,
      },
    );
    expect(result).toMatchObject({ processed: 3, retried: 2, deadLettered: 1 });
    const [first = 0, second = 0, third = 0] = starts;
    expect(second - first).toBeGreaterThanOrEqual(155);
    expect(third - second).toBeGreaterThanOrEqual(315);
    expect((await detailsOf(queue.store, id)).failures.map(({ message }) => message)).toEqual([
      'attempt 1',
      'attempt 2',
      'attempt 3',
    ]);
  });

  it('takes what a handler throws, and data that is no JSON, for failures of the job', async () => {
    const thrown = await addOne(queue.store, newJob('throws', { maxAttempts: 1 }));
    await queue.test.query(
      `INSERT INTO scalectl_queue_jobs (type, data) VALUES ('work', '{"card": 4711')`,
    );
    const result = await run(
      inProcess(({ type }) => {
        if (type === 'throws') throw new Error('it broke');
        return done;
      }),
    );
    expect(result).toMatchObject({ processed: 2, deadLettered: 2, retried: 0 });
    expect((await detailsOf(queue.store, thrown)).failures).toMatchObject([
      { reason: 'error', message: 'it broke' },
    ]);
    const [torn] = await queue.store.list({ status: 'failed', type: 'work', limit: 1 });
    expect(torn?.lastError).toBe('the data of the job is not JSON');
  });

  it('stops after so many jobs, and leaves the others as they were', async () => {
    await queue.store.add(newJobs(30));
    const result = await run(noop, { maxJobs: 7 });
    expect(result).toMatchObject({ processed: 7, remaining: 23 });
    expect(await queue.store.stats()).toMatchObject({ completed: 7, pending: 23, processing: 0 });
    await expectNobodyAtWork();
  });

  it('runs only the types that it is told', async () => {
    await queue.store.add([newJob('mail'), newJob('bill'), newJob('mail')]);
    expect(await run(noop, { types: ['mail'] })).toMatchObject({ processed: 2, remaining: 1 });
  });

  it('leaves paused types alone and ends', async () => {
    await queue.store.add([newJob('mail'), newJob('bill')]);
    await queue.store.pause(['mail']);
    expect(await run()).toMatchObject({ processed: 1, remaining: 1 });
  });

  it('finds due jobs behind many that are paused', async () => {
    await queue.store.pause(['mail']);
    const rows = Array.from({ length: 1100 }, () => `('mail', '{}')`).join(', ');
    await queue.test.query(`INSERT INTO scalectl_queue_jobs (type, data) VALUES ${rows}`);
    await queue.test.query(`INSERT INTO scalectl_queue_jobs (type, data) VALUES ('bill', '{}')`);
    expect(await run()).toMatchObject({ processed: 1, remaining: 1100 });
  });

  it('can share the queue with others: each job is run once', async () => {
    await queue.store.add(newJobs(400));
    const seen: number[] = [];
    const record = inProcess(async ({ id }) => {
      seen.push(id);
      await pause(1);
      return done;
    });
    const results = await Promise.all([run(record), run(record), run(record)]);
    expect(results.reduce((sum, { processed }) => sum + processed, 0)).toBe(400);
    expect(new Set(seen).size).toBe(400);
    expect(seen).toHaveLength(400);
  });

  it('does not depend on the clock of the host', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2001-02-03T04:05:06Z') });
    await queue.store.add([...newJobs(5), newJob('work', { due: { delayMs: 3_600_000 } })]);
    let isFirst = true;
    const result = await run(
      inProcess(() => {
        vi.setSystemTime(new Date('2035-01-01T00:00:00Z'));
        const attempt = isFirst ? failed('once') : done;
        isFirst = false;
        return attempt;
      }),
      { policy: { firstDelayMs: 0, maxDelayMs: 0, maxAttemptsOf: () => 3 } },
    );
    expect(result).toMatchObject({ processed: 6, completed: 5, retried: 1 });
    expect(await queue.store.stats()).toMatchObject({ completed: 5, scheduled: 1 });
  });
});

describe('a run over one connection, on a server with another isolation and time zone', () => {
  it('does all of the same', async () => {
    await using server = await startMariadb({
      extraArguments: ['--transaction-isolation=SERIALIZABLE', '--default-time-zone=+05:30'],
    });
    const single = await openQueue({
      serverUrl: server.url,
      environment: { SCALECTL_DATABASE_POOL_SIZE: '1' },
    });
    await single.store.add(newJobs(300).map((job) => ({ ...job, uniqueKey: job.data })));
    await single.store.add([newJob('work', { due: { delayMs: 3_600_000 } })]);
    // A page has the time zone of the server.
    await single.test.query(
      `INSERT INTO scalectl_queue_jobs (type, data, run_at) VALUES
         ('past', '{}', NOW() - INTERVAL 1 MINUTE), ('soon', '{}', NOW() + INTERVAL 1 MINUTE)`,
    );
    const big = JSON.stringify('x'.repeat(100_000));
    await single.store.add([newJob('work', { data: big })]);
    const seen: RunnableJob[] = [];
    const handler = inProcess(async (job) => {
      seen.push(job);
      await pause(5);
      return job.data === big && job.attempts === 0 ? failed('once') : done;
    });
    const result = await processQueue(runOptions(single.store, handler, { leaseMs: 1000 }));
    const stats = await single.store.stats();
    await single.close();
    await single.test.drop();
    expect(result).toMatchObject({ processed: 303, completed: 302, retried: 1, remaining: 0 });
    expect(seen.filter(({ data }) => data === big)).toHaveLength(2);
    expect(stats).toMatchObject({ completed: 302, scheduled: 2, total: 304 });
    const ageMs = Math.abs(Date.now() - (seen[0]?.createdAt.getTime() ?? 0));
    expect(ageMs).toBeLessThan(600_000);
  });
});

describe('stopping', () => {
  const sleeper = everyJob([
    process.execPath,
    '-e',
    'setTimeout(() => process.exit(0), JSON.parse(require("fs").readFileSync(0)).data.ms)',
  ]);
  const sleeping = (ms: number) => newJob('work', { data: JSON.stringify({ ms }) });

  it('at the time limit lets running jobs come to their end within the grace', async () => {
    const [running, ...others] = ids(await queue.store.add(Array(5).fill(sleeping(900))));
    const result = await run(sleeper, { maxTimeMs: 300, concurrency: 1, graceMs: 20_000 });
    expect(result).toMatchObject({ processed: 1, completed: 1, remaining: 4 });
    expect(await detailsOf(queue.store, running ?? 0)).toMatchObject({ status: 'completed' });
    expect(await detailsOf(queue.store, others[0] ?? 0)).toMatchObject({ attempts: 0 });
    await expectNobodyAtWork();
  });

  it('ends what does not come to its end in the grace and puts it back uncharged', async () => {
    const folder = await temporaryFolder();
    const id = await addOne(queue.store);
    const handler = everyJob(['sh', '-c', 'echo $$ > pid; sleep 60'], { folder });
    const result = await run(handler, { maxTimeMs: 400, graceMs: 300 });
    expect(result).toMatchObject({ processed: 0, remaining: 1 });
    expect(await detailsOf(queue.store, id)).toMatchObject({
      status: 'pending',
      attempts: 0,
      isSuspect: false,
      failures: [],
    });
    const pid = Number(await readFile(path.join(folder, 'pid'), 'utf8'));
    expect(isAlive(pid)).toBe(false);
    await expectNobodyAtWork();
  });

  it('by the signal drains: what runs is finished, what waits goes back at once', async () => {
    await queue.store.add(newJobs(50));
    const stop = new AbortController();
    let started = 0;
    const result = await run(
      inProcess(async () => {
        started += 1;
        if (started === 3) stop.abort();
        await pause(100);
        return done;
      }),
      { signal: stop.signal, concurrency: 3 },
    );
    expect(result).toMatchObject({ processed: 3, completed: 3, remaining: 47 });
    expect(await queue.store.stats()).toMatchObject({ processing: 0, pending: 47 });
  });

  it('before the start runs nothing', async () => {
    await queue.store.add(newJobs(3));
    expect(await run(noop, { signal: AbortSignal.abort() })).toMatchObject({
      processed: 0,
      remaining: 3,
    });
  });
});

describe('a watching run', () => {
  it('picks up the rows that a page inserts by itself, now and later', async () => {
    const stop = new AbortController();
    const seen: RunnableJob[] = [];
    const watching = run(
      inProcess((job) => {
        seen.push(job);
        return done;
      }),
      { watch: true, signal: stop.signal },
    );
    await pause(200);
    await queue.test.query(
      `INSERT INTO scalectl_queue_jobs (type, data) VALUES ('send_email', '{"to": "a@shop.example"}')`,
    );
    await queue.test.query(
      `INSERT INTO scalectl_queue_jobs (type, data, priority, unique_key, run_at) VALUES
         ('later', '{}', 10, 'k', NOW(3) + INTERVAL 1 SECOND), ('later', '[]', 10, 'k', NULL)`,
    );
    await eventually(
      () => queue.store.stats(),
      ({ completed }) => completed === 2,
    );
    stop.abort();
    expect(await watching).toMatchObject({ processed: 2, completed: 2 });
    expect(seen).toMatchObject([
      { type: 'send_email', data: '{"to": "a@shop.example"}', priority: 50, maxAttempts: 3 },
      { type: 'later', data: '{}', priority: 10 },
    ]);
    const [cancelled] = await queue.store.list({ status: 'cancelled', type: null, limit: 2 });
    const details = await detailsOf(queue.store, cancelled?.id ?? 0);
    expect(details.result).toBe(`the unique key belongs to job ${seen[1]?.id ?? ''}`);
  });

  it('takes over the jobs of a worker that died and says so', async () => {
    const added = ids(await queue.store.add(newJobs(3)));
    const dying = await openWorker(queue.store, { leaseMs: 500 });
    await claim(dying, 2);
    const warnings: string[] = [];
    const stop = new AbortController();
    const watching = run(noop, {
      watch: true,
      signal: stop.signal,
      warn: (message) => warnings.push(message),
    });
    await eventually(
      () => queue.store.stats(),
      ({ completed }) => completed === 3,
    );
    stop.abort();
    expect((await watching).processed).toBe(3);
    expect(warnings).toEqual(['a worker died: 2 of its jobs run again, each alone']);
    for (const id of added) expect(await detailsOf(queue.store, id)).toMatchObject({ attempts: 0 });
  });

  it('that lost its lease ends what it runs, counts nothing of it and goes on', async () => {
    const id = await addOne(queue.store);
    const warnings: string[] = [];
    const stop = new AbortController();
    let aborted = 0;
    const watching = run(
      inProcess(async (_, signal) => {
        if (aborted > 0) return done;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        aborted += 1;
        return { kind: 'aborted' };
      }),
      { watch: true, signal: stop.signal, leaseMs: 600, warn: (text) => warnings.push(text) },
    );
    await eventually(
      () => queue.store.stats(),
      ({ processing }) => processing === 1,
    );
    // As it is for a worker that was stopped for so long that another one has taken its jobs.
    await queue.test.query(`DELETE FROM scalectl_queue_claims`);
    await queue.test.query(
      `INSERT INTO scalectl_queue_suspect (priority, id, type) VALUES (50, ?, 'work')`,
      [id],
    );
    await eventually(
      () => queue.store.stats(),
      ({ completed }) => completed === 1,
    );
    stop.abort();
    expect(await watching).toMatchObject({ processed: 1, completed: 1 });
    expect(aborted).toBe(1);
    expect(warnings[0]).toMatch(/^the lease of 1 jobs ran out/);
  });

  it('keeps a long job to itself by reporting in time', async () => {
    const id = await addOne(queue.store);
    const stop = new AbortController();
    let runs = 0;
    const watching = run(
      inProcess(async () => {
        runs += 1;
        await pause(3000);
        return done;
      }),
      { watch: true, signal: stop.signal, leaseMs: 1500 },
    );
    const other = run(noop, { watch: true, signal: stop.signal });
    await eventually(
      () => queue.store.find(id),
      (job) => job?.status === 'completed',
    );
    stop.abort();
    expect((await watching).processed + (await other).processed).toBe(1);
    expect(runs).toBeLessThan(2);
  });
});
