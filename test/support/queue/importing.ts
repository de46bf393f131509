import { describe, expect, it } from 'vitest';
import type { ImportedJob, QueueStore } from '../../../src/queue/store.ts';
import { claim, ids, openWorker } from './jobs.ts';

function importedJob(name: string, parts: Partial<ImportedJob> = {}): ImportedJob {
  return {
    identity: name.padStart(64, '0'),
    fileId: `job_${name}`,
    type: 'send_email',
    data: '{"to":"a@shop.example"}',
    priority: 50,
    status: 'pending',
    createdAt: new Date('2026-01-02T03:04:05Z'),
    runAt: new Date('2026-01-02T03:04:05Z'),
    attempts: 0,
    maxAttempts: 3,
    error: null,
    completedAt: null,
    result: null,
    ...parts,
  };
}

export function describeImport(store: () => QueueStore): void {
  describe('importing jobs of the platform', () => {
    it('takes each once, however often and by how many it is done', async () => {
      const jobs = ['a', 'b', 'c'].map((name) => importedJob(name));
      const results = await Promise.all([
        store().import(jobs),
        store().import([...jobs, importedJob('a')]),
        store().import(jobs.slice(1)),
      ]);
      expect(results.reduce((sum, { imported }) => sum + imported, 0)).toBe(3);
      expect(results.reduce((sum, each) => sum + each.alreadyImported, 0)).toBe(6);
      expect((await store().stats()).total).toBe(3);
    });

    it('takes none twice that was completed and purged since', async () => {
      const done = importedJob('a', { status: 'completed', completedAt: new Date('2026-01-03') });
      await store().import([done]);
      expect(await store().purge({ status: 'completed', olderThanMs: 0 })).toBe(1);
      expect(await store().import([done])).toEqual({ imported: 0, alreadyImported: 1 });
    });

    it('keeps status, attempts, times, error and result', async () => {
      await store().import([
        importedJob('pending', { attempts: 1, maxAttempts: 5, error: 'SMTP timed out' }),
        importedJob('later', { runAt: new Date('2037-01-01T00:00:00Z') }),
        importedJob('running', { status: 'processing', type: 'report' }),
        importedJob('done', {
          status: 'completed',
          completedAt: new Date('2026-01-02T03:05:00Z'),
          result: 'true',
        }),
        importedJob('failed', { status: 'failed', attempts: 3, error: 'no gateway' }),
      ]);
      const of = async (status: 'pending' | 'scheduled' | 'completed' | 'failed') => {
        const jobs = await store().list({ status, type: 'send_email', limit: 5 });
        expect(jobs).toHaveLength(1);
        return store().find(ids(jobs)[0] ?? 0);
      };
      expect(await of('pending')).toMatchObject({
        createdAt: '2026-01-02T03:04:05.000Z',
        attempts: 1,
        maxAttempts: 5,
        lastError: 'SMTP timed out',
      });
      expect(await of('scheduled')).toMatchObject({ at: '2037-01-01T00:00:00.000Z' });
      expect(await of('completed')).toMatchObject({
        at: '2026-01-02T03:05:00.000Z',
        result: 'true',
      });
      expect(await of('failed')).toMatchObject({
        attempts: 3,
        failures: [{ reason: 'imported', message: 'no gateway' }],
      });
      const [running] = await store().list({ status: 'pending', type: 'report', limit: 5 });
      expect(await store().find(running?.id ?? 0)).toMatchObject({ isSuspect: true });
    });

    it('runs what was pending', async () => {
      await store().import([importedJob('a'), importedJob('b', { priority: 10 })]);
      await using worker = await openWorker(store());
      const { jobs } = await claim(worker);
      expect(jobs.map(({ priority }) => priority)).toEqual([10, 50]);
      expect(jobs[0]?.createdAt).toEqual(new Date('2026-01-02T03:04:05Z'));
    });
  });
}
