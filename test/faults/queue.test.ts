import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/types.ts';
import type { JobId } from '../../src/queue/job.ts';
import type { QueueStats, QueueStore } from '../../src/queue/store.ts';
import { createMysqlStore } from '../../src/queue/stores/mysql/store.ts';
import { startMariadb } from '../../src/sandbox/servers/mariadb.ts';
import type { MariadbServer } from '../../src/sandbox/servers/mariadb.ts';
import { createRandom } from '../../src/sandbox/shop/random.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import { bundleProgram, startProgram } from '../support/queue-child.ts';
import type { Child } from '../support/queue-child.ts';
import { emptyQueue } from '../support/queue.ts';
import { connectTo } from '../servers/matrix.ts';
import { addOne, eventually, ids, newJob, newJobs, pause } from '../support/queue/jobs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const seed = 20_261_124;
const leaseMs = 2000;
const recoveryMs = 30_000;
const kills = 10;

let server: MariadbServer;
let database: Database;
let store: QueueStore;
let program: string;
let runsFile: string;

beforeAll(async () => {
  const folder = await temporaryFolder();
  program = await bundleProgram('work', folder);
  runsFile = path.join(folder, 'runs.txt');
  server = await startMariadb({ durable: true });
  atEndOfFile(() => server.stop());
  {
    await using first = await connectTo(server.urlOf('mysql'));
    await first.define('/* scalectl:test */ CREATE DATABASE queue');
  }
  database = await connectTo(server.urlOf('queue'));
  store = createMysqlStore(database);
  await store.prepare();
});
beforeEach(async () => {
  await emptyQueue((statement) => database.write(`/* scalectl:test */ ${statement}`));
  await writeFile(runsFile, '');
});
afterAll(async () => database[Symbol.asyncDispose]());

function startWorker(): Child {
  return startProgram(program, { url: server.urlOf('queue'), leaseMs, runsFile });
}

/** How often each job was started. */
async function readRuns(): Promise<Map<JobId, number>> {
  const runs = new Map<JobId, number>();
  for (const line of (await readFile(runsFile, 'utf8')).trim().split('\n')) {
    runs.set(Number(line), (runs.get(Number(line)) ?? 0) + 1);
  }
  return runs;
}

function untilIdle(withinMs: number): Promise<QueueStats> {
  return eventually(
    () => store.stats(),
    ({ pending, processing, scheduled }) => pending + processing + scheduled === 0,
    withinMs,
  );
}

/** Every worker is registered, so it has started: before that, nothing of the queue's is under test. */
async function untilAtWork(workers: readonly Child[]): Promise<void> {
  await eventually(
    () => database.read<{ pid: number }>('SELECT pid FROM scalectl_queue_claims'),
    (rows) => workers.every((worker) => rows.some(({ pid }) => pid === worker.pid)),
    30_000,
  );
}

async function stopAll(workers: readonly Child[]): Promise<void> {
  await untilAtWork(workers);
  for (const worker of workers) worker.kill('SIGTERM');
  for (const worker of workers) expect(await worker.ended).toEqual({ code: 0, signal: null });
}

/** Every job is in the store, finished once, and was started at least once; hardly any was charged. */
async function expectAllDone(added: readonly JobId[], mostCharged: number): Promise<void> {
  const done = await database.read<{ job_id: JobId }>(
    `SELECT job_id FROM scalectl_queue_done WHERE status = 'completed' ORDER BY job_id`,
  );
  expect(done.map((row) => row.job_id)).toEqual([...added].sort((a, b) => a - b));
  const runs = await readRuns();
  expect(added.filter((id) => !runs.has(id))).toEqual([]);
  const [charged] = await database.read<{ jobs: number }>(
    'SELECT COUNT(*) AS jobs FROM scalectl_queue_jobs WHERE attempts > 0',
  );
  expect(charged?.jobs).toBeLessThanOrEqual(mostCharged);
}

describe('workers that are killed with -9 at random moments', () => {
  it('lose no job, complete none twice, and are recovered from within 30 s', async () => {
    const random = createRandom(seed, 'kills');
    const added = ids(await store.add(newJobs(6000)));
    const workers = [startWorker(), startWorker(), startWorker()];
    for (let kill = 0; kill < kills; kill += 1) {
      await pause(random.between(100, 1500));
      const at = random.between(0, workers.length - 1);
      workers[at]?.kill('SIGKILL');
      await workers[at]?.ended;
      workers[at] = startWorker();
      if (kill % 3 === 0) added.push(...ids(await store.add(newJobs(300))));
    }
    const lastKillAt = performance.now();
    // The jobs of the last one that died are back in hand, whatever else there is to do.
    await eventually(
      () =>
        database.read<{ size: number }>(
          'SELECT size FROM scalectl_queue_claims WHERE lease_until < UTC_TIMESTAMP(3)',
        ),
      (rows) => rows.length === 0,
      recoveryMs,
    );
    expect(performance.now() - lastKillAt).toBeLessThan(recoveryMs);
    expect(await untilIdle(90_000)).toMatchObject({ completed: 7200, failed: 0, total: 7200 });
    await stopAll(workers);
    // A kill may meet a worker that runs a suspect alone: then it looks as if that job had done it.
    await expectAllDone(added, kills);
    // What is run again is what was in hand when a worker died.
    const again = [...(await readRuns()).values()].filter((count) => count > 1).length;
    expect(again).toBeLessThan(kills * 250);
  });
});

describe('a database that is killed with -9 and started again', () => {
  it('has every job that was acknowledged, and the workers go on', async () => {
    const added = ids(await store.add(newJobs(3000)));
    const workers = [startWorker(), startWorker()];
    await untilAtWork(workers);
    for (let kill = 0; kill < 2; kill += 1) {
      await eventually(
        () => store.stats(),
        ({ completed }) => completed > 200 * (kill + 1),
        60_000,
      );
      const last = ids(await store.add(newJobs(100)));
      added.push(...last);
      await server.kill();
      await pause(500);
      await server.restart();
    }
    expect(await untilIdle(90_000)).toMatchObject({ completed: 3200, failed: 0, total: 3200 });
    await stopAll(workers);
    await expectAllDone(added, 0);
  });

  it('may also stop in good order: the workers wait for it', async () => {
    const added = ids(await store.add(newJobs(1500)));
    const workers = [startWorker()];
    await eventually(
      () => store.stats(),
      ({ completed }) => completed > 100,
      60_000,
    );
    await server.kill('SIGTERM');
    await pause(1000);
    await server.restart();
    expect(await untilIdle(90_000)).toMatchObject({ completed: 1500, failed: 0 });
    await stopAll(workers);
    await expectAllDone(added, 0);
  });
});

describe('a job that kills its worker', () => {
  it('ends in the dead letters; its neighbours complete and are not charged', async () => {
    await store.add(newJobs(40));
    const killer = await addOne(store, newJob('kills-worker', { maxAttempts: 2 }));
    await store.add(newJobs(40));
    let isOver = false;
    const workers: Child[] = [];
    // As a supervisor does: a worker that died is started again.
    const supervised = (async () => {
      while (!isOver) {
        const worker = startWorker();
        workers.push(worker);
        await worker.ended;
      }
    })();
    const stats = await untilIdle(100_000);
    isOver = true;
    workers.at(-1)?.kill('SIGTERM');
    await supervised;
    expect(stats).toMatchObject({ completed: 80, failed: 1, total: 81 });
    const details = await store.find(killer);
    expect(details?.failures).toMatchObject([
      { attempt: 1, reason: 'worker-died' },
      { attempt: 2, reason: 'worker-died' },
    ]);
    expect(workers.length).toBeGreaterThanOrEqual(4);
    const [neighbours] = await database.read<{ charged: number }>(
      `SELECT COUNT(*) AS charged FROM scalectl_queue_jobs WHERE type = 'work' AND attempts > 0`,
    );
    expect(neighbours?.charged).toBe(0);
  });
});
