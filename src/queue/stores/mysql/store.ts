import { migrate } from '../../../database/migrate.ts';
import { isServerError } from '../../../database/server-errors.ts';
import type { Database } from '../../../database/types.ts';
import type { QueueStore } from '../../store.ts';
import { addJobs } from './add.ts';
import { cancelJobs, retryDead } from './change-jobs.ts';
import { findJob } from './find.ts';
import { importJobs } from './import-jobs.ts';
import { listJobs } from './list.ts';
import { pauseTypes, resumeTypes } from './pause.ts';
import { countPurgeable, purgeJobs, tidyFinished } from './purge.ts';
import { retrying } from './retrying.ts';
import { emptyStats, readStats } from './stats.ts';
import { MysqlWorkerSession } from './worker-session.ts';

/** The queue in tables of the platform's own database, on MySQL and MariaDB. Works with one connection. */
export function createMysqlStore(database: Database): QueueStore {
  // A lost connection is not tried again here: nobody could tell whether the work was done.
  const once = { outageMs: 0 };
  return {
    prepare: async () => void (await migrate(database, 'queue')),
    add: (jobs) => retrying(() => addJobs(database, jobs), once),
    import: (jobs) => retrying(() => importJobs(database, jobs), once),
    openWorker: (options) => MysqlWorkerSession.open(database, options),
    stats: () => withoutTables(() => readStats(database), emptyStats(new Date())),
    list: (filter) => withoutTables(() => listJobs(database, filter), []),
    find: (id) => withoutTables(() => findJob(database, id), null),
    retry: (which) => retryDead(database, which),
    cancel: (ids) => cancelJobs(database, ids),
    countPurgeable: (which) => withoutTables(() => countPurgeable(database, which), 0),
    purge: (which, onProgress) => purgeJobs(database, which, onProgress),
    pause: (types) => pauseTypes(database, types),
    resume: (types) => resumeTypes(database, types),
    tidy: (retentionMs) =>
      retrying(() => tidyFinished(database, retentionMs), { outageMs: 60_000 }),
  };
}

/** Looking at the queue creates nothing: before its tables are there, it is empty. */
async function withoutTables<T>(read: () => Promise<T>, empty: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isServerError(error, 'noSuchTable')) return empty;
    throw error;
  }
}
