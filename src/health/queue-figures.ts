import { isMigrated } from '../database/migrate.ts';
import type { Database } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import type { QueueStats } from '../queue/store.ts';
import type { Reach } from './check.ts';

/** The counts of the queue, read once for all its checks; or why there are none. */
export type QueueFigures =
  | { state: 'read'; stats: QueueStats }
  | { state: 'no-queue'; reason: string }
  | { state: 'unreachable'; error: ScalectlError }
  | { state: 'failed'; error: ScalectlError };

/** Asks and creates nothing: a platform without scalectl's queue has no queue to judge. */
export async function readQueueFigures(database: Reach<Database>): Promise<QueueFigures> {
  if (database.state === 'not-configured') {
    return { state: 'no-queue', reason: 'no database is configured' };
  }
  if (database.state === 'failed') return { state: 'unreachable', error: database.error };
  try {
    if (!(await isMigrated(database.connection, 'queue'))) {
      return { state: 'no-queue', reason: 'there is no queue yet; scalectl queue add creates it' };
    }
    const { createMysqlStore } = await import('../queue/stores/mysql/store.ts');
    return { state: 'read', stats: await createMysqlStore(database.connection).stats() };
  } catch (error) {
    if (error instanceof ScalectlError) return { state: 'failed', error };
    throw error;
  }
}
