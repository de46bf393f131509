import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../../src/config/load.ts';
import type { ProcessOptions } from '../../../src/queue/worker/process-options.ts';
import { processQueue } from '../../../src/queue/worker/process-queue.ts';
import { connectRedis } from '../../../src/redis/connect.ts';
import { listenAtDoorbell, ringDoorbell } from '../../../src/redis/doorbell.ts';
import { startRedis } from '../../../src/sandbox/servers/redis.ts';
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
  await using redis = await openDoorbell();
  await using graphile = await openGraphile();
  const bell = new Bell();
  const options: ProcessOptions = {
    ...processOptions(own.store),
    findHandler: () => ({
      run: () => {
        bell.ring();
        return { kind: 'done', result: null };
      },
    }),
    watch: true,
  };
  const alone = await watched(options, () => measure(bell, () => own.store.add([job])));
  const listening = { ...options, listen: redis.listen };
  const cpu = await watched(listening, cpuShare);
  const rung = await watched(listening, () =>
    measure(bell, async () => {
      await own.store.add([job]);
      await redis.ring();
    }),
  );
  const runner = await graphile.watch(() => bell.ring());
  await sleep(1000);
  const theirs = await measure(bell, () => graphile.addOne());
  await runner.stop();
  tell(`from add to start, ${jobsAlone} jobs one by one, MariaDB alone: ${told(alone)}`);
  tell(`with a doorbell in Redis: ${told(rung)}`);
  tell(`graphile-worker without batches (LISTEN/NOTIFY): ${told(theirs)}`);
  tell(`MariaDB alone, p95: ${verdict('≤ 50 ms', at(alone, 0.95) <= 50)}`);
  tell(`doorbell, mean: ${verdict('≤ 10 ms', mean(rung) <= 10)}`);
  tell(`doorbell, p99: ${verdict('≤ 25 ms', at(rung, 0.99) <= 25)}`);
  tell(`CPU while nothing is due: ${cpu.toFixed(2)} %, ${verdict('≤ 1 %', cpu <= 1)}`);
};

/** Does something while a worker waits for jobs. */
async function watched<T>(options: ProcessOptions, work: () => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const running = processQueue({ ...options, signal: stop.signal });
  try {
    await sleep(1000);
    return await work();
  } finally {
    stop.abort();
    await running;
  }
}

/** Percent of one core. */
async function cpuShare(): Promise<number> {
  const before = process.cpuUsage();
  await sleep(idleMs);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / idleMs;
}

interface Doorbell extends AsyncDisposable {
  ring(): Promise<void>;
  listen: NonNullable<ProcessOptions['listen']>;
}

async function openDoorbell(): Promise<Doorbell> {
  const server = await startRedis();
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: { SCALECTL_REDIS_URL: server.url },
    discover: false,
  });
  const redis = await connectRedis(values.cache);
  return {
    ring: () => ringDoorbell(redis, values.cache),
    listen: (ring) => listenAtDoorbell(values.cache, ring),
    [Symbol.asyncDispose]: async () => {
      await redis.close();
      await server.stop();
    },
  };
}

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
  return [
    `mean ${mean(sorted).toFixed(1)} ms`,
    ...[0.5, 0.95, 0.99].map((rank) => `p${rank * 100} ${at(sorted, rank).toFixed(1)} ms`),
  ].join(', ');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
