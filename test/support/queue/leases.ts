import { describe, expect, it } from 'vitest';
import type { Settlement } from '../../../src/queue/job.ts';
import { LeaseLost } from '../../../src/queue/store.ts';
import type { Claim, QueueStore, WorkerSession } from '../../../src/queue/store.ts';
import { addOne, claim, claimOne, completed, dead, eventually, ids } from './jobs.ts';
import { newJob, newJobs, openWorker, pause, released, retried, want } from './jobs.ts';

/** A lease that is over a moment after the worker has died. */
const shortLeaseMs = 250;

export function describeLeases(store: () => QueueStore): void {
  /** A worker that claims and is never heard of again. */
  async function dieHolding(count: number, types: readonly string[] = []): Promise<Claim> {
    const worker = await openWorker(store(), { leaseMs: shortLeaseMs, types });
    return claim(worker, count);
  }

  /** The next claim that finds something or takes something back. */
  function claimEventually(worker: WorkerSession, count = 100): Promise<Claim> {
    return eventually(
      () => claim(worker, count),
      ({ jobs, recovered }) => jobs.length + recovered.returned + recovered.deadLettered > 0,
    );
  }

  describe('the jobs of a worker that died', () => {
    it('stay with it while its lease lasts', async () => {
      await store().add(newJobs(3));
      const dying = await openWorker(store(), { leaseMs: 60_000 });
      await claim(dying, 3);
      await using worker = await openWorker(store());
      expect((await claim(worker)).jobs).toEqual([]);
      expect((await store().stats()).processing).toBe(3);
    });

    it('come back uncharged, each to be run alone', async () => {
      const added = ids(await store().add(newJobs(3)));
      await dieHolding(3);
      await using worker = await openWorker(store());
      expect((await store().stats()).processing).toBe(3);
      const first = await claimEventually(worker);
      expect(first).toMatchObject({
        isSuspect: true,
        recovered: { returned: 3, deadLettered: 0 },
        jobs: [{ id: added[0], attempts: 0 }],
      });
      expect(await store().find(added[1] ?? 0)).toMatchObject({
        status: 'pending',
        isSuspect: true,
        attempts: 0,
      });
      const order = ids(first.jobs);
      let settled: Settlement[] = first.jobs.map((job) => completed(job));
      while (settled.length > 0) {
        const { jobs } = await worker.exchange(settled, want(5));
        expect(jobs.length).toBeLessThan(2);
        order.push(...ids(jobs));
        settled = jobs.map((job) => completed(job));
      }
      expect(order).toEqual(added);
      expect(await store().stats()).toMatchObject({ completed: 3, total: 3 });
    });

    it('are announced to a worker that is busy, and not given to it beside others', async () => {
      await store().add(newJobs(1, 'bad'));
      await dieHolding(1);
      await store().add(newJobs(2));
      await using worker = await openWorker(store());
      await eventually(
        () => worker.exchange([], want(1, false)),
        ({ suspectsWaiting }) => suspectsWaiting,
      );
      const busy = await worker.exchange([], want(10, false));
      expect(busy.isSuspect).toBe(false);
      expect(busy.jobs.every(({ type }) => type === 'work')).toBe(true);
    });

    it('are not suspects of a worker that asks for other types', async () => {
      await store().add(newJobs(1, 'bad'));
      await dieHolding(1);
      await using worker = await openWorker(store(), { types: ['work'] });
      const { jobs, suspectsWaiting } = await claimEventually(worker);
      expect([jobs, suspectsWaiting]).toEqual([[], false]);
    });

    it('are charged only when a worker dies that held one alone, up to the last attempt', async () => {
      const id = await addOne(store(), newJob('bad', { uniqueKey: 'k', maxAttempts: 2 }));
      const good = await addOne(store());
      await dieHolding(2);
      const alone = async (): Promise<number | undefined> => {
        const worker = await openWorker(store(), { leaseMs: shortLeaseMs, types: ['bad'] });
        return (await claimEventually(worker)).jobs[0]?.attempts;
      };
      expect(await alone()).toBe(0);
      // A worker that dies with its only suspect: the claim of the next one charges it.
      await pause(shortLeaseMs);
      expect(await alone()).toBe(1);
      await using worker = await openWorker(store());
      const last = await eventually(
        () => claim(worker, 1),
        ({ recovered }) => recovered.deadLettered > 0,
      );
      expect(last.recovered).toEqual({ returned: 0, deadLettered: 1 });
      expect(await store().find(id)).toMatchObject({
        status: 'failed',
        attempts: 2,
        failures: [{ reason: 'worker-died' }, { reason: 'worker-died' }],
      });
      expect(await store().add([newJob('bad', { uniqueKey: 'k' })])).toMatchObject([
        { isDuplicate: false },
      ]);
      expect(await store().find(good)).toMatchObject({ attempts: 0 });
    });

    it('are charged up to what is configured for their type when they do not say', async () => {
      const id = await addOne(store(), newJob('bad'));
      await dieHolding(1);
      const alone = await openWorker(store(), { leaseMs: shortLeaseMs });
      await claimEventually(alone);
      await using worker = await openWorker(store(), { maxAttempts: 1 });
      expect((await claimEventually(worker)).recovered.deadLettered).toBe(1);
      expect(await store().find(id)).toMatchObject({ status: 'failed', attempts: 1 });
    });

    it('stay suspect when they are released, and no longer once they have failed by themselves', async () => {
      const id = await addOne(store());
      await dieHolding(1);
      await using worker = await openWorker(store());
      const first = await claimEventually(worker);
      await worker.exchange(
        first.jobs.map((job) => released(job)),
        null,
      );
      expect(await store().find(id)).toMatchObject({ status: 'pending', isSuspect: true });
      const second = await claim(worker);
      expect(second).toMatchObject({ isSuspect: true, jobs: [{ id, attempts: 0 }] });
      const failed = second.jobs.map((job) => retried(job, { delayMs: 0 }));
      const third = await worker.exchange(failed, want(5));
      expect(third).toMatchObject({ isSuspect: false, jobs: [{ id, attempts: 1 }] });
    });

    it('can be cancelled, paused and counted like any others', async () => {
      const [first, second] = ids(await store().add(newJobs(2)));
      await dieHolding(2);
      await using worker = await openWorker(store(), { types: ['other'] });
      await claimEventually(worker);
      expect(await store().stats()).toMatchObject({ pending: 2, processing: 0 });
      expect(await store().cancel(ids([{ id: first ?? 0 }]))).toMatchObject({ changed: [first] });
      await store().pause(['work']);
      await using other = await openWorker(store());
      expect((await claim(other)).jobs).toEqual([]);
      await store().resume(['work']);
      expect(ids((await claim(other)).jobs)).toEqual([second]);
    });
  });

  describe('a worker that comes back after its lease', () => {
    it('can settle nothing once others have its jobs, and changes nothing', async () => {
      const id = await addOne(store());
      const late = await openWorker(store(), { leaseMs: shortLeaseMs });
      const job = await claimOne(late);
      await using worker = await openWorker(store());
      const taken = await claimEventually(worker);
      await expect(late.exchange([completed(job, 'late')], null)).rejects.toThrow(LeaseLost);
      await expect(late.exchange([dead(job)], want(1))).rejects.toThrow(LeaseLost);
      await expect(late.extendLease()).rejects.toThrow(LeaseLost);
      expect(await store().find(id)).toMatchObject({ status: 'processing', failures: [] });
      await worker.exchange(
        taken.jobs.map((each) => completed(each, 'in time')),
        null,
      );
      expect(await store().find(id)).toMatchObject({ status: 'completed', result: 'in time' });
      await late[Symbol.asyncDispose]();
    });

    it('goes on when nobody has taken its jobs yet', async () => {
      const id = await addOne(store());
      await using late = await openWorker(store(), { leaseMs: 100 });
      const job = await claimOne(late);
      await pause(300);
      await late.exchange([completed(job)], null);
      expect(await store().find(id)).toMatchObject({ status: 'completed' });
    });

    it('keeps its jobs for as long as it reports', async () => {
      await store().add(newJobs(2));
      await using living = await openWorker(store(), { leaseMs: 1500 });
      const { jobs } = await claim(living);
      await using worker = await openWorker(store());
      for (let i = 0; i < 10; i += 1) {
        await pause(200);
        await living.extendLease();
        expect((await claim(worker)).jobs).toEqual([]);
      }
      await living.exchange(
        jobs.map((job) => completed(job)),
        null,
      );
      expect(await store().stats()).toMatchObject({ completed: 2 });
    });
  });

  describe('a worker that ends in good order', () => {
    it('leaves nothing behind, so that nobody waits for it', async () => {
      const worker = await openWorker(store(), { leaseMs: 10 });
      await addOne(store());
      const job = await claimOne(worker);
      await worker.exchange([completed(job)], null);
      await worker[Symbol.asyncDispose]();
      await pause(50);
      await using other = await openWorker(store());
      expect(await other.isAnythingDue()).toBe(false);
    });

    it('leaves what it holds to others, when its lease is over', async () => {
      const id = await addOne(store());
      const worker = await openWorker(store(), { leaseMs: shortLeaseMs });
      await claimOne(worker);
      await worker[Symbol.asyncDispose]();
      await using other = await openWorker(store());
      expect(ids((await claimEventually(other)).jobs)).toEqual([id]);
    });
  });
}
