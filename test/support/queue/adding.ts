import { afterEach, describe, expect, it, vi } from 'vitest';
import type { QueueStore } from '../../../src/queue/store.ts';
import { addOne, claim, claimAll, claimOne, completed, dead, eventually, ids } from './jobs.ts';
import { newJob, newJobs, openWorker, pause, retried } from './jobs.ts';

export function describeAdding(store: () => QueueStore): void {
  describe('adding jobs', () => {
    it('does nothing when there are none', async () => {
      expect(await store().add([])).toEqual([]);
      expect((await store().stats()).total).toBe(0);
    });

    it('gives each job an id of its own, in the order given', async () => {
      const added = await store().add(newJobs(2500));
      expect(new Set(ids(added)).size).toBe(2500);
      expect(added.every(({ isDuplicate }) => !isDuplicate)).toBe(true);
      await using worker = await openWorker(store());
      const claimed = await claimAll(worker, 1000);
      expect(ids(claimed)).toEqual(ids(added));
      expect(claimed.map(({ data }) => data)).toEqual(newJobs(2500).map(({ data }) => data));
    });

    it('hands the text of the data on as it was put in', async () => {
      const texts = [
        '{"amount":12345678901234567890,"rate":1.0,"exp":1E5}',
        ' [ 1 ,\n\t"ä 😀 \\ud800 \\/" , null ] ',
        `{"quotes":"' \\" \\\\ \\u0000 ? ??"}`,
        '{}',
        'null',
      ];
      await store().add(texts.map((data) => newJob('work', { data })));
      await using worker = await openWorker(store());
      expect((await claim(worker)).jobs.map(({ data }) => data)).toEqual(texts);
    });

    it('takes a megabyte of data, which the worker reads when the job starts', async () => {
      const data = JSON.stringify({ text: 'ä'.repeat(300_000), quote: `'"\\`.repeat(1000) });
      const id = await addOne(store(), newJob('work', { data }));
      await using worker = await openWorker(store());
      const job = await claimOne(worker);
      expect(job.data ?? (await worker.readData(id))).toBe(data);
    });

    it('keeps what a job says of itself', async () => {
      const parts = { priority: 30, maxAttempts: 7, uniqueKey: 'bill-7' };
      const id = await addOne(store(), newJob('App\\Jobs\\Bill', parts));
      await using worker = await openWorker(store());
      expect(await claimOne(worker)).toMatchObject({
        id,
        type: 'App\\Jobs\\Bill',
        priority: 30,
        maxAttempts: 7,
        hasUniqueKey: true,
        attempts: 0,
        postponements: 0,
      });
    });
  });

  describe('a job that is due later', () => {
    afterEach(() => {
      vi.useRealTimers();
    });

    it('is not given out before its time, and then is', async () => {
      await using worker = await openWorker(store());
      const id = await addOne(store(), newJob('work', { due: { delayMs: 400 } }));
      const later = await addOne(store(), newJob('work', { due: { delayMs: 3_600_000 } }));
      expect((await claim(worker)).jobs).toEqual([]);
      expect(await store().find(id)).toMatchObject({ status: 'scheduled' });
      const { jobs } = await eventually(
        () => claim(worker),
        (found) => found.jobs.length > 0,
      );
      expect(ids(jobs)).toEqual([id]);
      expect(await store().find(later)).toMatchObject({ status: 'scheduled' });
    });

    it('is due at once when its moment has passed, and scheduled when it has not', async () => {
      const past = { at: new Date('2020-02-29T12:00:00Z') };
      const future = { at: new Date('2037-12-31T23:59:59.250Z') };
      const first = await addOne(store(), newJob('work', { due: past }));
      const second = await addOne(store(), newJob('work', { due: future }));
      expect(await store().find(first)).toMatchObject({ status: 'pending', at: null });
      expect(await store().find(second)).toMatchObject({
        status: 'scheduled',
        at: '2037-12-31T23:59:59.250Z',
      });
    });

    it.each(['2001-01-01T00:00:00Z', '2036-01-01T00:00:00Z'])(
      'goes by the clock of the store: this host believes that it is %s',
      async (wrong) => {
        vi.useFakeTimers({ toFake: ['Date'], now: new Date(wrong) });
        await using worker = await openWorker(store());
        const at = await addOne(store(), newJob('work'));
        const hour = await addOne(store(), newJob('work', { due: { delayMs: 3_600_000 } }));
        const soon = await addOne(store(), newJob('work', { due: { delayMs: 200 } }));
        expect(await claimOne(worker)).toMatchObject({ id: at });
        await pause(500);
        const { jobs } = await claim(worker);
        expect(ids(jobs)).toEqual([soon]);
        expect(await store().stats()).toMatchObject({ scheduled: 1, processing: 2 });
        expect(await store().find(hour)).toMatchObject({ status: 'scheduled' });
      },
    );
  });

  describe('a unique key', () => {
    const keyed = newJob('work', { uniqueKey: 'report-7' });

    it('admits one job: the next one is told its id', async () => {
      const id = await addOne(store(), keyed);
      expect(await store().add([keyed, newJob()])).toMatchObject([
        { id, isDuplicate: true },
        { isDuplicate: false },
      ]);
      expect((await store().stats()).total).toBe(2);
    });

    it('admits one job of those that are added together', async () => {
      const added = await store().add([keyed, newJob(), keyed, keyed]);
      expect(added.map(({ isDuplicate }) => isDuplicate)).toEqual([false, false, true, true]);
      expect(new Set([added[0]?.id, added[2]?.id, added[3]?.id]).size).toBe(1);
      expect((await store().stats()).pending).toBe(2);
    });

    it('admits one job of those that several add at once', async () => {
      const added = await Promise.all(
        Array.from({ length: 8 }, () => store().add([keyed, ...newJobs(5)])),
      );
      const firsts = added.map((each) => each[0]);
      expect(firsts.filter((each) => each?.isDuplicate === false)).toHaveLength(1);
      expect(new Set(firsts.map((each) => each?.id)).size).toBe(1);
      expect((await store().stats()).pending).toBe(41);
    });

    it('is told apart by case, and its owner is named whatever white space it ends with', async () => {
      const [lower, upper] = await store().add([
        newJob('work', { uniqueKey: 'key-a' }),
        newJob('work', { uniqueKey: 'KEY-A' }),
      ]);
      expect([lower?.isDuplicate, upper?.isDuplicate]).toEqual([false, false]);
      const [padded] = await store().add([newJob('work', { uniqueKey: 'key-a  ' })]);
      if (padded?.isDuplicate) expect(padded.id).toBe(lower?.id);
      else expect(await store().find(padded?.id ?? 0)).not.toBeNull();
    });

    it('stays taken while the job runs and while it waits for another attempt', async () => {
      await using worker = await openWorker(store());
      const id = await addOne(store(), keyed);
      const job = await claimOne(worker);
      expect(await store().add([keyed])).toEqual([{ id, isDuplicate: true }]);
      await worker.exchange([retried(job)], null);
      expect(await store().add([keyed])).toEqual([{ id, isDuplicate: true }]);
    });

    it('is free again once the job is completed, dead or cancelled', async () => {
      await using worker = await openWorker(store());
      for (const end of ['completed', 'dead', 'cancelled']) {
        const [added] = await store().add([keyed]);
        expect(added, `after ${end}`).toMatchObject({ isDuplicate: false });
        if (end === 'cancelled') await store().cancel(ids(added ? [added] : []));
        else {
          const job = await claimOne(worker);
          await worker.exchange([end === 'dead' ? dead(job) : completed(job)], null);
        }
      }
      expect(await store().add([keyed])).toMatchObject([{ isDuplicate: false }]);
    });
  });

  describe('a unique key with a window', () => {
    const hourly = newJob('work', { uniqueKey: 'report-7', uniqueForMs: 3_600_000 });

    it('stays taken when the job is completed, for whoever adds it', async () => {
      await using worker = await openWorker(store());
      const id = await addOne(store(), hourly);
      await worker.exchange([completed(await claimOne(worker))], null);
      const plain = { ...hourly, uniqueForMs: undefined };
      expect(await store().add([plain, hourly, newJob()])).toMatchObject([
        { id, isDuplicate: true },
        { id, isDuplicate: true },
        { isDuplicate: false },
      ]);
      expect(await store().stats()).toMatchObject({ pending: 1, completed: 1, total: 2 });
    });

    it('is free once its time is over, but not before the job is completed', async () => {
      await using worker = await openWorker(store());
      const brief = { ...hourly, uniqueForMs: 1 };
      const id = await addOne(store(), brief);
      await pause(20);
      expect(await store().add([brief])).toEqual([{ id, isDuplicate: true }]);
      await worker.exchange([completed(await claimOne(worker))], null);
      expect(await store().add([brief])).toMatchObject([{ isDuplicate: false }]);
    });

    it('is free at once when the job is dead or cancelled; a dead one that is put back has it', async () => {
      await using worker = await openWorker(store());
      const first = await addOne(store(), hourly);
      await store().cancel([first]);
      const second = await addOne(store(), hourly);
      await worker.exchange([dead(await claimOne(worker))], null);
      const [third] = await store().add([hourly]);
      expect(third).toMatchObject({ isDuplicate: false });
      expect((await store().retry({ ids: [second] })).unchanged).toMatchObject([{ id: second }]);
    });
  });
}
