import type { JobId } from '../../src/queue/job.ts';
import type { QueueStore } from '../../src/queue/store.ts';
import { ScalectlError } from '../../src/errors.ts';
import type { Context } from '../context.ts';

/** The queue of the configured database. Looking at it creates nothing. */
export async function openQueue(context: Context): Promise<QueueStore> {
  const { createMysqlStore } = await import('../../src/queue/stores/mysql/store.ts');
  return createMysqlStore(await context.database());
}

/** The queue, ready to be changed: its tables are created when they are not there yet, unless nothing may change. */
export async function openQueueForChange(context: Context): Promise<QueueStore> {
  const store = await openQueue(context);
  if (!context.globals.dryRun) await store.prepare();
  return store;
}

/** @throws ScalectlError `usage` for what is not the number of a job */
export function readJobIds(words: readonly string[]): JobId[] {
  return words.map((word) => {
    const id = /^\d{1,15}$/.test(word) ? Number(word) : 0;
    if (id > 0) return id;
    throw new ScalectlError('usage', `"${word}" is not the number of a job`, {
      hint: 'scalectl queue list shows the numbers.',
    });
  });
}
