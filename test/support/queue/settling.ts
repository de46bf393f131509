import { describe, expect, it } from 'vitest';
import type { QueueStore } from '../../../src/queue/store.ts';
import { addOne, claim, claimOne, completed, dead, eventually, failure } from './jobs.ts';
import { ids, newJob, newJobs, openWorker, released, retried, want } from './jobs.ts';

export function describeSettling(store: () => QueueStore): void {
  describe('settling', () => {
    it('writes outcomes and claims the next jobs in one step', async () => {
      const added = ids(await store().add(newJobs(4)));
      await using worker = await openWorker(store());
      const first = await claim(worker, 2);
      const second = await worker.exchange(
        first.jobs.map((job) => completed(job)),
        want(2),
      );
      expect(ids(second.jobs)).toEqual(added.slice(2));
      expect(await store().stats()).toMatchObject({ completed: 2, processing: 2, pending: 0 });
    });

    it('keeps the result and the run time of a completed job', async () => {
      const id = await addOne(store());
      await using worker = await openWorker(store());
      await worker.exchange([completed(await claimOne(worker), 'sent to 3 ä')], null);
      const details = await store().find(id);
      expect(details).toMatchObject({ status: 'completed', result: 'sent to 3 ä', runMs: 13 });
      expect(details?.at).toMatch(/Z$/);
    });

    it('brings a failed job back after its delay, one attempt charged', async () => {
      const id = await addOne(store());
      await using worker = await openWorker(store());
      await worker.exchange([retried(await claimOne(worker), { delayMs: 300 })], null);
      expect(await store().find(id)).toMatchObject({
        attempts: 1,
        lastError: 'no such order',
        failures: [{ attempt: 1, reason: 'exit-code', message: 'no such order', output: null }],
      });
      const { jobs } = await eventually(
        () => claim(worker),
        (found) => found.jobs.length > 0,
      );
      expect(jobs).toMatchObject([{ id, attempts: 1 }]);
    });

    it('makes a retry without a delay due at once, also for the claim that settles it', async () => {
      const id = await addOne(store());
      await using worker = await openWorker(store());
      const job = await claimOne(worker);
      const again = await worker.exchange([retried(job, { delayMs: 0 })], want(1));
      expect(again.jobs).toMatchObject([{ id, attempts: 1 }]);
    });

    it('charges nothing when the handler asked for a later run, and keeps its latest word', async () => {
      const id = await addOne(store());
      await using worker = await openWorker(store());
      for (const message of ['not yet', 'still not']) {
        const later = { delayMs: 0, isCharged: false };
        const why = failure(message, { reason: 'postponed' });
        await worker.exchange([retried(await claimOne(worker), { ...later, failure: why })], null);
      }
      expect(await store().find(id)).toMatchObject({
        attempts: 0,
        postponements: 2,
        lastError: 'still not',
        failures: [{ reason: 'postponed', message: 'still not' }],
      });
    });

    it('keeps the first and the last error of a dead letter', async () => {
      const id = await addOne(store());
      await using worker = await openWorker(store());
      const first = retried(await claimOne(worker), { delayMs: 0, failure: failure('first') });
      await worker.exchange([first], null);
      const output = 'the end\nof what it wrote';
      const last = dead(await claimOne(worker), failure('last', { reason: 'timeout', output }));
      await worker.exchange([last], null);
      expect(await store().find(id)).toMatchObject({
        status: 'failed',
        attempts: 2,
        lastError: 'last',
        failures: [
          { attempt: 1, message: 'first' },
          { attempt: 2, message: 'last', reason: 'timeout', output },
        ],
      });
      expect((await claim(worker)).jobs).toEqual([]);
    });

    it('puts a released job back as if it had never been claimed', async () => {
      const [first, second] = ids(await store().add(newJobs(2)));
      await using worker = await openWorker(store());
      await worker.exchange([released(await claimOne(worker))], null);
      expect(await store().find(first ?? 0)).toMatchObject({ status: 'pending', attempts: 0 });
      expect(ids((await claim(worker)).jobs)).toEqual([first, second]);
    });

    it('takes outcomes of every kind and size at once', async () => {
      await store().add(newJobs(8));
      await using worker = await openWorker(store());
      const [a, b, c, d, e, f] = (await claim(worker, 6)).jobs;
      if (!a || !b || !c || !d || !e || !f) throw new Error('too few jobs');
      const long = 'x'.repeat(200_000);
      await worker.exchange(
        [
          completed(a, long),
          retried(b, { failure: failure(long, { output: long }) }),
          dead(c, failure(long)),
          released(d),
          retried(e, { isCharged: false }),
        ],
        null,
      );
      expect(await store().stats()).toMatchObject({
        pending: 3,
        scheduled: 2,
        processing: 1,
        completed: 1,
        failed: 1,
        total: 8,
      });
      expect((await store().find(a.id))?.result).toBe(long);
      expect((await store().find(b.id))?.failures[0]?.output).toBe(long);
      await worker.exchange([completed(f)], null);
    });

    it('refuses the outcome of a job that the worker does not hold', async () => {
      await store().add(newJobs(1));
      await using worker = await openWorker(store());
      const job = await claimOne(worker);
      await worker.exchange([completed(job)], null);
      await expect(worker.exchange([completed(job)], null)).rejects.toThrow();
      expect(await store().stats()).toMatchObject({ completed: 1, total: 1 });
    });

    it('goes on with a job that another one of its type has been added beside', async () => {
      await using worker = await openWorker(store());
      const first = await addOne(store(), newJob('work', { priority: 90 }));
      const job = await claimOne(worker);
      const urgent = await addOne(store(), newJob('work', { priority: 10 }));
      const next = await worker.exchange([completed(job)], want(5));
      expect([job.id, ...ids(next.jobs)]).toEqual([first, urgent]);
    });
  });
}
