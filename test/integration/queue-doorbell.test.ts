import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { processQueue } from '../../src/queue/worker/process-queue.ts';
import type { QueueStore } from '../../src/queue/store.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { listenAtDoorbell, ringDoorbell } from '../../src/redis/doorbell.ts';
import { openQueue } from '../support/queue.ts';
import { eventually, newJob } from '../support/queue/jobs.ts';
import { inProcess, runOptions } from '../support/queue-run.ts';
import { freshRedis } from '../support/redis.ts';

it('a watching worker that is rung runs a new job long before its next look', async () => {
  const queue = await openQueue();
  await using server = await freshRedis();
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: { SCALECTL_REDIS_URL: server.url, SCALECTL_CACHE_PREFIX: `${queue.test.name}:` },
    discover: false,
  });
  const stop = new AbortController();
  const claims: number[] = [];
  const handler = inProcess(() => {
    stop.abort();
    return { kind: 'done', result: null };
  });
  const running = processQueue(
    runOptions(tellingClaims(queue.store, claims), handler, {
      watch: true,
      // Only a ring lets it look within the time of a test.
      pollMs: 600_000,
      signal: stop.signal,
      listen: (ring) => listenAtDoorbell(values.cache, ring),
    }),
  );
  await eventually(
    () => Promise.resolve(claims.length),
    (made) => made > 0,
  );
  expect(claims).toEqual([0]);
  await queue.store.add([newJob()]);
  const redis = await connectRedis(values.cache);
  await ringDoorbell(redis, values.cache);
  expect(await running).toMatchObject({ completed: 1, remaining: 0 });
  await redis.close();
  await queue.close();
});

/** The store, with how many jobs each claim of its workers brought. */
function tellingClaims(store: QueueStore, claims: number[]): QueueStore {
  return {
    ...store,
    openWorker: async (options) => {
      const session = await store.openWorker(options);
      const exchange = session.exchange.bind(session);
      session.exchange = async (settled, want) => {
        const claim = await exchange(settled, want);
        claims.push(claim.jobs.length);
        return claim;
      };
      return session;
    },
  };
}
