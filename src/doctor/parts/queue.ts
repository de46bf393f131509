import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMigrated } from '../../database/migrate.ts';
import type { Database } from '../../database/types.ts';
import { priorities } from '../../queue/job.ts';
import type { JobId } from '../../queue/job.ts';
import { retryPolicyOf } from '../../queue/retry-policy.ts';
import type { JobDetails, QueueStore } from '../../queue/store.ts';
import { removeFinished } from '../../queue/stores/mysql/remove.ts';
import { createMysqlStore } from '../../queue/stores/mysql/store.ts';
import { processQueue } from '../../queue/worker/process-queue.ts';
import { databaseOf, failed, skipped, works } from '../part.ts';
import type { DoctorContext, Part, Proof } from '../part.ts';

/** A worker that took the job before this run could has so long to be done with it. */
const patienceMs = 5000;

/** Enqueues one job of a type of its own and processes it; other jobs are not touched, and no trace is left. */
export const queue: Part = {
  id: 'queue-round-trip',
  area: 'queue',
  prove: async (context) => {
    const reached = await databaseOf(context);
    if ('proof' in reached) return reached.proof;
    const { database } = reached;
    if (!(await isMigrated(database, 'queue'))) {
      return skipped('there is no queue yet', { next: 'scalectl init' });
    }
    const store = createMysqlStore(database);
    if ((await store.stats()).paused.includes('*')) {
      return skipped('the whole queue is paused', { next: 'scalectl queue resume' });
    }
    const type = `scalectl:doctor:${randomBytes(4).toString('hex')}`;
    const id = await enqueue(store, type);
    try {
      return await process(context, { store, type, id });
    } finally {
      await removeTrace(database, store, id);
    }
  },
};

async function enqueue(store: QueueStore, type: string): Promise<JobId> {
  const [added] = await store.add([
    {
      type,
      data: JSON.stringify({ proof: type }),
      priority: priorities.high,
      uniqueKey: null,
      maxAttempts: 1,
      due: null,
    },
  ]);
  if (!added) throw new Error('the queue took the job and gave no number');
  return added.id;
}

async function process(
  context: DoctorContext,
  own: { store: QueueStore; type: string; id: JobId },
): Promise<Proof> {
  const { queue: settings } = context.loaded.values;
  let received: string | null = null;
  await processQueue({
    store: asGuest(own.store),
    types: [own.type],
    findHandler: (type) =>
      type === own.type
        ? {
            run: (job) => {
              received = job.data;
              return { kind: 'done', result: 'proven' };
            },
          }
        : null,
    policy: retryPolicyOf(settings),
    concurrency: 1,
    leaseMs: settings.leaseTime,
    graceMs: 0,
    pollMs: settings.pollInterval,
    retentionMs: settings.retention,
    maxJobs: 1,
    maxTimeMs: settings.leaseTime,
    signal: context.signal,
  });
  const job = await settledJob(own.store, own.id);
  if (job?.status === 'completed' && received === JSON.stringify({ proof: own.type })) {
    return works('one job was enqueued, claimed, run and settled');
  }
  // A worker without --type takes all types, and knows no handler for this one.
  if (job?.failures.at(-1)?.reason === 'no-handler') {
    return works('a running worker took the job before doctor could: the queue is worked on');
  }
  return failed(
    `the job that was enqueued is ${job?.status ?? 'gone'}`,
    'Is a worker of another version running, or was the type paused meanwhile?',
    'scalectl queue stats',
  );
}

/** Does this one job and nothing else: dead workers' jobs, pages' rows and old jobs are left to real workers. */
function asGuest(store: QueueStore): QueueStore {
  return {
    ...store,
    openWorker: (options) => store.openWorker({ ...options, isGuest: true }),
    tidy: () => Promise.resolve(0),
  };
}

async function settledJob(store: QueueStore, id: JobId): Promise<JobDetails | null> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const job = await store.find(id);
    if (job?.status !== 'processing' || performance.now() > until) return job;
    await sleep(100);
  }
}

async function removeTrace(database: Database, store: QueueStore, id: JobId): Promise<void> {
  await store.cancel([id]);
  await removeFinished(database, [id]);
}
