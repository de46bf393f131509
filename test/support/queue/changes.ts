import { describe, expect, it } from 'vitest';
import type { Failure, JobId, NewJob } from '../../../src/queue/job.ts';
import type { QueueStore } from '../../../src/queue/store.ts';
import { addOne, claim, claimOne, completed, dead, failure, ids } from './jobs.ts';
import { newJob, newJobs, openWorker } from './jobs.ts';

const unknownId = 999_999_999;

export function describeChanges(store: () => QueueStore): void {
  async function addDead(job: NewJob = newJob(), why: Failure = failure()): Promise<JobId> {
    const id = await addOne(store(), { ...job, priority: 0 });
    await using worker = await openWorker(store());
    await worker.exchange([dead(await claimOne(worker), why)], null);
    return id;
  }

  async function addCompleted(count: number): Promise<void> {
    await store().add(newJobs(count));
    await using worker = await openWorker(store());
    const { jobs } = await claim(worker, count);
    await worker.exchange(
      jobs.map((job) => completed(job)),
      null,
    );
  }

  describe('retrying dead letters', () => {
    it('makes them pending with all attempts before them; their errors stay on record', async () => {
      const id = await addDead();
      expect(await store().retry({ ids: [id, id] })).toEqual({ changed: [id], unchanged: [] });
      expect(await store().find(id)).toMatchObject({
        status: 'pending',
        attempts: 0,
        failures: [{ message: 'no such order' }],
      });
      await using worker = await openWorker(store());
      expect(await claimOne(worker)).toMatchObject({ id, attempts: 0 });
    });

    it('gives one other data, and leaves those of a job alone that is not dead', async () => {
      const id = await addDead(newJob('work', { data: '{"to":""}' }));
      const waiting = await addOne(store());
      const data = '{"to":"a@b.example","amount":1.50}';
      const { changed } = await store().retry({ ids: [id, waiting], data });
      expect(changed).toEqual([id]);
      expect(await store().find(id)).toMatchObject({ data, failures: [{ attempt: 1 }] });
      expect(await store().find(waiting)).toMatchObject({ data: '{}' });
    });

    it('takes all of them, or those of a type', async () => {
      const mail = await addDead(newJob('mail'));
      const bill = await addDead(newJob('bill'));
      expect((await store().retry({ type: 'mail' })).changed).toEqual([mail]);
      expect((await store().retry({ type: null })).changed).toEqual([bill]);
      expect((await store().retry({ type: null })).changed).toEqual([]);
    });

    it('says why a job was left alone', async () => {
      const waiting = await addOne(store());
      expect(await store().retry({ ids: [waiting, unknownId] })).toEqual({
        changed: [],
        unchanged: [
          { id: waiting, reason: 'it is pending' },
          { id: unknownId, reason: 'there is no such job' },
        ],
      });
    });

    it('leaves one alone whose unique key another job has by now', async () => {
      const keyed = newJob('work', { uniqueKey: 'report-7' });
      const id = await addDead(keyed);
      const owner = await addOne(store(), keyed);
      const { changed, unchanged } = await store().retry({ ids: [id] });
      expect(changed).toEqual([]);
      expect(unchanged[0]?.reason).toContain(String(owner));
      expect(await store().find(id)).toMatchObject({ status: 'failed' });
      await store().cancel([owner]);
      expect((await store().retry({ ids: [id] })).changed).toEqual([id]);
      expect(await store().add([keyed])).toEqual([{ id, isDuplicate: true }]);
    });
  });

  describe('cancelling', () => {
    it('takes waiting jobs out: due ones, later ones', async () => {
      const due = await addOne(store());
      const later = await addOne(store(), newJob('work', { due: { delayMs: 60_000 } }));
      expect((await store().cancel([due, later])).changed.sort((a, b) => a - b)).toEqual([
        due,
        later,
      ]);
      expect(await store().stats()).toMatchObject({ pending: 0, scheduled: 0, cancelled: 2 });
      expect(await store().find(later)).toMatchObject({ status: 'cancelled' });
      await using worker = await openWorker(store());
      expect((await claim(worker)).jobs).toEqual([]);
    });

    it('leaves running and finished jobs alone and says why', async () => {
      const running = await addOne(store());
      await using worker = await openWorker(store());
      const job = await claimOne(worker);
      const failed = await addDead();
      expect(await store().cancel([running, failed, unknownId])).toEqual({
        changed: [],
        unchanged: [
          { id: running, reason: 'it is processing' },
          { id: failed, reason: 'it is failed' },
          { id: unknownId, reason: 'there is no such job' },
        ],
      });
      await worker.exchange([completed(job)], null);
      expect(await store().find(running)).toMatchObject({ status: 'completed' });
    });

    it('takes many at once', async () => {
      const added = ids(await store().add(newJobs(1300)));
      expect((await store().cancel(added)).changed).toHaveLength(1300);
      expect(await store().stats()).toMatchObject({ cancelled: 1300, total: 1300 });
    });
  });

  describe('purging', () => {
    it('removes what was finished long enough ago, of one status, with all that is known of it', async () => {
      await addCompleted(1200);
      const failed = await addDead();
      const kept = await addOne(store());
      const purgeable = { status: 'completed', olderThanMs: 0 } as const;
      expect(await store().countPurgeable(purgeable)).toBe(1200);
      expect(await store().countPurgeable({ ...purgeable, olderThanMs: 3_600_000 })).toBe(0);
      expect(await store().purge({ ...purgeable, olderThanMs: 3_600_000 })).toBe(0);
      const progress: number[] = [];
      expect(await store().purge(purgeable, (purged) => progress.push(purged))).toBe(1200);
      expect(progress.at(-1)).toBe(1200);
      expect(await store().stats()).toMatchObject({ completed: 0, failed: 1, total: 2 });
      expect(await store().purge({ status: 'failed', olderThanMs: 0 })).toBe(1);
      expect(await store().find(failed)).toBeNull();
      expect(await store().find(kept)).not.toBeNull();
    });

    it('is done for finished jobs by whoever asks first within an hour', async () => {
      await addCompleted(3);
      await addDead();
      await store().cancel([await addOne(store())]);
      expect(await store().tidy(0)).toBe(4);
      await addCompleted(1);
      expect(await store().tidy(0)).toBe(0);
      expect(await store().stats()).toMatchObject({ completed: 1, failed: 1, total: 2 });
    });
  });
}
