import { describe, expect, it } from 'vitest';
import type { ClaimedJob } from '../../../src/queue/job.ts';
import type { QueueStore } from '../../../src/queue/store.ts';
import { addOne, claim, claimAll, completed, ids, newJob, newJobs } from './jobs.ts';
import { openWorker, want } from './jobs.ts';

export function describeClaiming(store: () => QueueStore): void {
  describe('claiming', () => {
    it('gives the most urgent first, and the oldest of equals', async () => {
      const jobs = [90, 50, 10, 50, 30, 10].map((priority) => newJob('work', { priority }));
      const added = ids(await store().add(jobs));
      await using worker = await openWorker(store());
      const order: number[] = [];
      for (const job of await claimAll(worker, 1)) order.push(added.indexOf(job.id));
      expect(order).toEqual([2, 5, 4, 1, 3, 0]);
    });

    it('gives no more than was asked for, and the rest later', async () => {
      await store().add(newJobs(7));
      await using worker = await openWorker(store());
      expect((await claim(worker, 3)).jobs).toHaveLength(3);
      expect((await claim(worker, 3)).jobs).toHaveLength(3);
      expect((await claim(worker, 3)).jobs).toHaveLength(1);
      expect((await claim(worker, 3)).jobs).toHaveLength(0);
      expect(await store().stats()).toMatchObject({ pending: 0, processing: 7 });
    });

    it('gives a worker only the types that it asks for', async () => {
      await store().add([newJob('mail'), newJob('report'), newJob('bill'), newJob('mail')]);
      await using worker = await openWorker(store(), { types: ['mail', 'bill'] });
      const types = (await claim(worker)).jobs.map(({ type }) => type);
      expect(types).toEqual(['mail', 'bill', 'mail']);
      expect((await claim(worker)).jobs).toEqual([]);
    });

    it('tells cheaply whether anything may be due', async () => {
      await using worker = await openWorker(store());
      await addOne(store(), newJob('work', { due: { delayMs: 3_600_000 } }));
      expect(await worker.isAnythingDue()).toBe(false);
      await addOne(store());
      expect(await worker.isAnythingDue()).toBe(true);
    });

    it('never gives two workers the same job, and gives every job', async () => {
      const added = ids(await store().add(newJobs(600)));
      const taken = await Promise.all(
        [7, 20, 3, 50].map(async (count) => {
          await using worker = await openWorker(store());
          const all: ClaimedJob[] = [];
          let held: ClaimedJob[] = [];
          do {
            const settled = held.map((job) => completed(job));
            held = (await worker.exchange(settled, want(count))).jobs;
            all.push(...held);
          } while (held.length > 0);
          return ids(all);
        }),
      );
      expect(taken.flat().sort((a, b) => a - b)).toEqual(added);
      expect(await store().stats()).toMatchObject({ completed: 600, total: 600 });
    });

    it('goes on while others add jobs, cancel them and look', async () => {
      const settle = async (): Promise<number> => {
        await using worker = await openWorker(store());
        let done = 0;
        let held: ClaimedJob[] = [];
        for (let i = 0; i < 60; i += 1) {
          const settled = held.map((job) => completed(job));
          held = (await worker.exchange(settled, want(10))).jobs;
          done += settled.length;
        }
        await worker.exchange(
          held.map((job) => completed(job)),
          null,
        );
        return done + held.length;
      };
      const produce = async (): Promise<number> => {
        let cancelled = 0;
        for (let i = 0; i < 20; i += 1) {
          const added = ids(await store().add(newJobs(10)));
          cancelled += (await store().cancel(added.slice(0, 3))).changed.length;
          await store().stats();
        }
        return cancelled;
      };
      const [first, second, ...cancelled] = await Promise.all([
        settle(),
        settle(),
        produce(),
        produce(),
      ]);
      const stats = await store().stats();
      expect(stats).toMatchObject({
        completed: first + second,
        cancelled: cancelled.reduce((sum, count) => sum + count, 0),
        processing: 0,
        total: 400,
      });
    });
  });

  describe('a paused type', () => {
    it('is not given out until it is resumed; running jobs go on', async () => {
      await using worker = await openWorker(store());
      await store().add([newJob('mail'), newJob('bill')]);
      const [mail] = (await claim(worker, 1)).jobs;
      await store().pause(['mail']);
      await store().pause(['mail']);
      await store().add([newJob('mail')]);
      expect((await claim(worker)).jobs.map(({ type }) => type)).toEqual(['bill']);
      if (mail) await worker.exchange([completed(mail)], null);
      expect(await store().stats()).toMatchObject({ paused: ['mail'], pending: 1, completed: 1 });
      await store().resume(['mail']);
      expect((await claim(worker)).jobs.map(({ type }) => type)).toEqual(['mail']);
    });

    it('is left out of what a worker asks for by type', async () => {
      await using worker = await openWorker(store(), { types: ['mail', 'bill'] });
      await store().add([newJob('mail'), newJob('bill'), newJob('report')]);
      await store().pause(['mail', 'report']);
      expect((await claim(worker)).jobs.map(({ type }) => type)).toEqual(['bill']);
      await store().pause(['bill']);
      expect((await claim(worker)).jobs).toEqual([]);
    });

    it('does not keep the jobs behind it waiting, however many there are', async () => {
      await using worker = await openWorker(store());
      await store().pause(['mail']);
      const due = { delayMs: 300 };
      await store().add(Array.from({ length: 1200 }, () => newJob('mail', { due })));
      await store().add([newJob('bill', { due })]);
      await new Promise((resolve) => setTimeout(resolve, 800));
      expect((await claimAll(worker)).map(({ type }) => type)).toEqual(['bill']);
      expect((await store().stats()).pending).toBe(1200);
    });

    it('may be all of them: * pauses the queue, and resumes every type', async () => {
      await using worker = await openWorker(store());
      await store().add([newJob('mail'), newJob('bill')]);
      await store().pause(['bill', '*']);
      expect((await claim(worker)).jobs).toEqual([]);
      expect((await store().stats()).paused).toEqual(['*', 'bill']);
      await store().resume(['*']);
      expect((await claim(worker)).jobs).toHaveLength(2);
      expect((await store().stats()).paused).toEqual([]);
    });
  });
}
