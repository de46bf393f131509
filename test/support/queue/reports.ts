import { describe, expect, it } from 'vitest';
import { jobStatuses } from '../../../src/queue/job.ts';
import type { JobId, JobStatus } from '../../../src/queue/job.ts';
import type { QueueStore } from '../../../src/queue/store.ts';
import { addOne, claim, completed, dead, ids, newJob, newJobs, openWorker } from './jobs.ts';
import { pause } from './jobs.ts';

export function describeReports(store: () => QueueStore): void {
  /** One job in each status. */
  async function addEach(): Promise<Record<JobStatus, JobId>> {
    const worker = await openWorker(store());
    await store().add([newJob('a'), newJob('b'), newJob('c', { uniqueKey: 'k' })]);
    const [first, second, third] = (await claim(worker, 3)).jobs;
    if (!first || !second || !third) throw new Error('too few jobs');
    await worker.exchange([completed(first), dead(second)], null);
    const cancelled = await addOne(store(), newJob('d'));
    await store().cancel([cancelled]);
    const later = newJob('a', { due: { delayMs: 3_600_000 } });
    return {
      completed: first.id,
      failed: second.id,
      processing: third.id,
      cancelled,
      pending: await addOne(store(), newJob('a', { priority: 10 })),
      scheduled: await addOne(store(), later),
    };
  }

  describe('the counts', () => {
    it('have every job in exactly one status, by type and by priority', async () => {
      await addEach();
      await store().add([newJob('b', { priority: 33 }), newJob('b', { priority: 90 })]);
      const stats = await store().stats();
      expect(stats).toMatchObject({
        pending: 3,
        scheduled: 1,
        processing: 1,
        completed: 1,
        failed: 1,
        cancelled: 1,
        total: 8,
        byPriority: { high: 1, normal: 0, low: 1, '33': 1 },
        paused: [],
      });
      const none = {
        pending: 0,
        scheduled: 0,
        processing: 0,
        completed: 0,
        failed: 0,
        cancelled: 0,
      };
      expect(stats.byType).toEqual({
        a: { ...none, pending: 1, scheduled: 1, completed: 1 },
        b: { ...none, pending: 2, failed: 1 },
        c: { ...none, processing: 1 },
        d: { ...none, cancelled: 1 },
      });
      expect(Number.isNaN(Date.parse(stats.countedAt))).toBe(false);
    });

    it('tell how long the oldest due job waits, and nothing when none is due', async () => {
      await addOne(store(), newJob('work', { due: { delayMs: 3_600_000 } }));
      expect((await store().stats()).oldestPendingAgeMs).toBeNull();
      await addOne(store());
      await pause(300);
      await addOne(store());
      const { oldestPendingAgeMs } = await store().stats();
      expect(oldestPendingAgeMs).toBeGreaterThanOrEqual(290);
      expect(oldestPendingAgeMs).toBeLessThan(20_000);
    });
  });

  describe('a list', () => {
    it('has the jobs of its status, and each job is in one list', async () => {
      const each = await addEach();
      for (const status of jobStatuses) {
        const jobs = await store().list({ status, type: null, limit: 10 });
        expect(jobs, status).toMatchObject([{ id: each[status], status }]);
        expect(await store().find(each[status])).toMatchObject({ ...jobs[0] });
      }
    });

    it('is cut to its limit, in the order in which waiting jobs run', async () => {
      await store().add(newJobs(5));
      const urgent = await addOne(store(), newJob('other', { priority: 10 }));
      const jobs = await store().list({ status: 'pending', type: null, limit: 3 });
      expect(jobs).toHaveLength(3);
      expect(jobs[0]).toMatchObject({ id: urgent, priority: 'high', lastError: null });
    });

    it('can be of one type', async () => {
      const each = await addEach();
      for (const status of jobStatuses) {
        const type = (await store().find(each[status]))?.type ?? '';
        expect(ids(await store().list({ status, type, limit: 10 }))).toEqual([each[status]]);
        expect(await store().list({ status, type: 'none', limit: 10 })).toEqual([]);
      }
    });
  });

  describe('one job', () => {
    it('is told with its data, its key and the worker that holds it', async () => {
      const { processing } = await addEach();
      const details = await store().find(processing);
      expect(details).toMatchObject({
        type: 'c',
        data: '{}',
        uniqueKey: 'k',
        isSuspect: false,
        worker: { pid: process.pid },
      });
      expect(Date.parse(details?.worker?.leaseUntil ?? '')).toBeGreaterThan(0);
    });

    it('is null when there is none', async () => {
      expect(await store().find(999_999_999)).toBeNull();
    });
  });
}
