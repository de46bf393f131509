import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMysqlStore } from '../../../src/queue/stores/mysql/store.ts';
import type { QueueStore } from '../../../src/queue/store.ts';
import { processQueue } from '../../../src/queue/worker/process-queue.ts';
import { median, verdict } from '../harness.mjs';
import { addInBulk, jobType } from './contender.ts';
import { connect, job, openOwn, processOptions } from './own.ts';
import type { Part } from './part.ts';

/** Jobs of one sample, and what waits in the small queue. */
const sample = 1000;

/**
 * A job costs the same whether a thousand or a million wait: samples of both, in turns, in two databases of one
 * server. Then what looking at the large queue costs, and what a worker's memory grows to that drains it.
 */
export const backlog: Part = async (tell, { rounds, backlog: waiting }) => {
  await using own = await openOwn();
  await own.database.define('/* scalectl:bench */ CREATE DATABASE large');
  await using database = await connect(own.server, 'large');
  const large = createMysqlStore(database);
  await large.prepare();
  const fill = (store: QueueStore, count: number): Promise<number> =>
    addInBulk(count, (size) => store.add(Array.from({ length: size }, () => job)));
  await fill(large, waiting);
  const costs: { small: number[]; large: number[] } = { small: [], large: [] };
  for (let round = 0; round <= 3 * rounds; round += 1) {
    await fill(own.store, sample);
    const [ofSmall, ofLarge] = [await costOfSample(own.store), await costOfSample(large)];
    await fill(large, sample);
    if (round === 0) continue;
    costs.small.push(ofSmall);
    costs.large.push(ofLarge);
  }
  const ratio = median(costs.large.map((cost, at) => cost / (costs.small[at] ?? NaN)));
  tell(
    `a job with ${sample} waiting ${median(costs.small).toFixed(3)} ms, with ${waiting} waiting ${median(costs.large).toFixed(3)} ms`,
  );
  const isFlat = ratio >= 0.8 && ratio <= 1.2;
  tell(`cost of a job, large beside small: ${ratio.toFixed(2)}, ${verdict('0.8 to 1.2', isFlat)}`);
  const statsMs = await medianMs(() => large.stats());
  tell(`stats: ${statsMs.toFixed(0)} ms, ${verdict('≤ 150 ms', statsMs <= 150)}`);
  const listMs = await medianMs(() => large.list({ status: 'pending', type: null, limit: 50 }));
  tell(`list: ${listMs.toFixed(0)} ms, ${verdict('≤ 50 ms', listMs <= 50)}`);
  const peakMb = await peakOfWorker(own.server.urlOf('large'), waiting);
  tell(
    `memory of a worker at its peak: ${peakMb.toFixed(0)} MB, ${verdict('≤ 150 MB', peakMb <= 150)}`,
  );
};

/** @returns milliseconds a job */
async function costOfSample(store: QueueStore): Promise<number> {
  const { completed, durationMs } = await processQueue({
    ...processOptions(store),
    maxJobs: sample,
  });
  if (completed !== sample) throw new Error(`${completed} of ${sample} jobs were run`);
  return durationMs / sample;
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < 7; run += 1) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

/** The built program drains all as a user would run it; Linux keeps the largest size of a process. */
async function peakOfWorker(url: string, count: number): Promise<number> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-queue-'));
  try {
    await writeFile(path.join(folder, 'work.mjs'), 'export default () => null;\n');
    const settings = { queue: { handlers: { [jobType]: { module: './work.mjs' } } } };
    const file = path.join(folder, 'scalectl.config.json');
    await writeFile(file, JSON.stringify(settings));
    const program = path.resolve('dist/bin/scalectl.js');
    const child = spawn(process.execPath, [program, 'queue', 'process', '--json'], {
      cwd: folder,
      env: { ...process.env, SCALECTL_DB_URL: url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const ended = once(child, 'close');
    let peakKb = 0;
    let isOver = false;
    void ended.then(() => (isOver = true));
    while (!isOver) {
      peakKb = Math.max(peakKb, await peakKbOf(child.pid ?? 0));
      await Promise.race([ended, sleep(100)]);
    }
    const { result } = JSON.parse(output) as { result: { completed: number } };
    if (result.completed !== count)
      throw new Error(`${result.completed} of ${count} jobs were run`);
    return peakKb / 1024;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function peakKbOf(pid: number): Promise<number> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  } catch (error) {
    // It has just ended.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0;
    throw error;
  }
}
