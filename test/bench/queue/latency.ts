import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { processQueue } from '../../../src/queue/worker/process-queue.ts';
import { verdict } from '../harness.mjs';
import { openGraphile } from './graphile.ts';
import { job, openOwn, processOptions } from './own.ts';
import type { Part } from './part.ts';

const jobsAlone = 200;
const idleMs = 5000;

/**
 * From the call that adds a job to the start of its handler, one job at a time, at odd moments: a worker that looks
 * at fixed times would otherwise always be met at the same one. And what a worker costs that has nothing to do.
 */
export const latency: Part = async (tell) => {
  await using own = await openOwn();
  await using graphile = await openGraphile();
  const bell = new Bell();
  const stop = new AbortController();
  const options = processOptions(own.store);
  const running = processQueue({
    ...options,
    findHandler: () => ({
      run: () => {
        bell.ring();
        return { kind: 'done', result: null };
      },
    }),
    watch: true,
    signal: stop.signal,
  });
  await sleep(1000);
  const before = process.cpuUsage();
  await sleep(idleMs);
  const { user, system } = process.cpuUsage(before);
  const ours = await measure(bell, () => own.store.add([job]));
  stop.abort();
  await running;
  const runner = await graphile.watch(() => bell.ring());
  await sleep(1000);
  const theirs = await measure(bell, () => graphile.addOne());
  await runner.stop();
  tell(`from add to start, ${jobsAlone} jobs, a look every ${options.pollMs} ms: ${told(ours)}`);
  tell(`graphile-worker without batches (LISTEN/NOTIFY): ${told(theirs)}`);
  tell(`p95: ${verdict('≤ 50 ms', at(ours, 0.95) <= 50)}`);
  const cpu = (user + system) / 10 / idleMs;
  tell(`CPU while nothing is due: ${cpu.toFixed(2)} %, ${verdict('≤ 1 %', cpu <= 1)}`);
};

/** Tells one waiter that a handler has started. */
class Bell {
  #tell: (() => void) | null = null;

  ring(): void {
    this.#tell?.();
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#tell = resolve;
    });
  }
}

/** @returns milliseconds, sorted */
async function measure(bell: Bell, add: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let number = 0; number < jobsAlone; number += 1) {
    await sleep(20 + Math.random() * 230);
    const started = bell.next();
    const addedAt = performance.now();
    const elapsed = started.then(() => performance.now() - addedAt);
    await add();
    times.push(await elapsed);
  }
  return times.sort((a, b) => a - b);
}

/** Nearest rank of sorted values. */
function at(sorted: readonly number[], rank: number): number {
  return sorted[Math.ceil(rank * sorted.length) - 1] ?? NaN;
}

function told(sorted: readonly number[]): string {
  const mean = sorted.reduce((sum, each) => sum + each, 0) / sorted.length;
  return [
    `mean ${mean.toFixed(1)} ms`,
    ...[0.5, 0.95, 0.99].map((rank) => `p${rank * 100} ${at(sorted, rank).toFixed(1)} ms`),
  ].join(', ');
}
