import { addInBulk, countdown, jobType, payload, perSecond } from './contender.ts';
import type { Contender } from './contender.ts';
import { loadPeer } from './peer.ts';
import { startPostgres } from './postgres.ts';

/** The part of graphile-worker that is used here. */
interface Graphile {
  run: (options: object) => Promise<{ stop(): Promise<void> }>;
  makeWorkerUtils: (options: object) => Promise<GraphileUtils>;
  Logger: new (factory: () => () => void) => object;
}
interface GraphileUtils {
  migrate(): Promise<void>;
  addJob(identifier: string, payload: unknown): Promise<unknown>;
  addJobs(jobs: readonly { identifier: string; payload: unknown }[]): Promise<unknown>;
  release(): Promise<void>;
}

export interface GraphileContender extends Contender {
  /** Adds one job, as a web request would. */
  addOne(): Promise<void>;
  /** Runs jobs as they come, without batches, until `stop`. */
  watch(onStart: () => void): Promise<{ stop(): Promise<void> }>;
}

/** As its own performance test has them: a local queue and completions in batches. */
const concurrentJobs = 24;
const batches = {
  localQueue: { size: 500, refetchDelay: { durationMs: 10 } },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

export async function openGraphile(): Promise<GraphileContender> {
  const { exports, version } = await loadPeer('graphile-worker');
  const { run, makeWorkerUtils, Logger } = exports as Graphile;
  const server = await startPostgres();
  const logger = new Logger(() => () => undefined);
  const utils = await makeWorkerUtils({ connectionString: server.url, logger });
  await utils.migrate();
  const start = (task: () => void, worker: object): ReturnType<Graphile['run']> =>
    run({
      preset: {
        worker: {
          connectionString: server.url,
          concurrentJobs,
          maxPoolSize: concurrentJobs + 1,
          pollInterval: 2000,
          ...worker,
        },
      },
      logger,
      noHandleSignals: true,
      taskList: { [jobType]: task },
    });
  return {
    label: `graphile-worker ${version} in batches, PostgreSQL ${server.version}, synchronous_commit on`,
    add: (count) =>
      addInBulk(count, (size) =>
        utils.addJobs(Array.from({ length: size }, () => ({ identifier: jobType, payload }))),
      ),
    addOne: async () => {
      await utils.addJob(jobType, payload);
    },
    drain: async (count) => {
      const { run: task, finished } = countdown(count);
      const startedAt = performance.now();
      const runner = await start(task, batches);
      await finished;
      const rate = perSecond(count, startedAt);
      await runner.stop();
      return rate;
    },
    watch: (onStart) => start(onStart, {}),
    [Symbol.asyncDispose]: async () => {
      await utils.release();
      await server[Symbol.asyncDispose]();
    },
  };
}
