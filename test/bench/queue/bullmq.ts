import { startRedis } from '../../../src/sandbox/servers/redis.ts';
import { addInBulk, countdown, jobType, payload, perSecond } from './contender.ts';
import type { Contender } from './contender.ts';
import { loadPeer } from './peer.ts';

/** The part of BullMQ that is used here. */
interface Bullmq {
  Queue: new (name: string, options: object) => BullmqQueue;
  Worker: new (name: string, run: () => Promise<void>, options: object) => BullmqWorker;
}
interface BullmqQueue {
  add(name: string, data: unknown): Promise<unknown>;
  addBulk(jobs: readonly { name: string; data: unknown }[]): Promise<unknown>;
  close(): Promise<void>;
}
interface BullmqWorker {
  on(event: 'error', listener: (error: Error) => void): void;
  close(): Promise<void>;
}

/** As many jobs at once as its own benchmark has. */
const concurrency = 100;

/** A Redis that loses at most a second: what BullMQ's guide asks of one in production. */
export async function openBullmq(): Promise<Contender> {
  const { exports, version } = await loadPeer('bullmq');
  const { Queue, Worker } = exports as Bullmq;
  const server = await startRedis({
    extraConfiguration: ['appendonly yes', 'appendfsync everysec', 'maxmemory-policy noeviction'],
  });
  const connection = {
    host: server.host,
    port: server.port,
    password: server.password,
    maxRetriesPerRequest: null,
  };
  const queue = new Queue('bench', {
    connection,
    defaultJobOptions: { removeOnComplete: true },
  });
  return {
    label: `BullMQ ${version}, Redis ${server.program.version}, appendfsync everysec`,
    add: (count) =>
      addInBulk(count, (size) =>
        queue.addBulk(Array.from({ length: size }, () => ({ name: jobType, data: payload }))),
      ),
    drain: async (count) => {
      const { run, finished } = countdown(count);
      const startedAt = performance.now();
      const worker = new Worker(
        'bench',
        () => {
          run();
          return Promise.resolve();
        },
        { connection, concurrency },
      );
      const failed = new Promise<never>((_, reject) => worker.on('error', reject));
      await Promise.race([finished, failed]);
      const rate = perSecond(count, startedAt);
      await worker.close();
      return rate;
    },
    [Symbol.asyncDispose]: async () => {
      await queue.close();
      await server.stop();
    },
  };
}
