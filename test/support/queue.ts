import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/settings/index.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import type { Database } from '../../src/database/types.ts';
import { createMysqlStore } from '../../src/queue/stores/mysql/store.ts';
import type { QueueStore } from '../../src/queue/store.ts';
import { freshDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';
import type { QueueUnderTest } from './queue-conformance.ts';

export interface OpenQueue extends QueueUnderTest {
  store: QueueStore;
  test: TestDatabase;
  database: Database;
  /** The settings that it was opened with. */
  settings: Config;
}

/**
 * A queue in a database of its own, on the run's MariaDB or another server.
 * @param environment further settings, such as SCALECTL_DATABASE_POOL_SIZE
 */
export async function openQueue(
  options: { serverUrl?: string; environment?: Record<string, string> } = {},
): Promise<OpenQueue> {
  const test = await freshDatabase(options.serverUrl);
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: { SCALECTL_DB_URL: test.url, ...options.environment },
    discover: false,
  });
  const database = await connectDatabase(values.database);
  const store = createMysqlStore(database);
  await store.prepare();
  return {
    store,
    test,
    database,
    settings: values,
    empty: () => emptyQueue((statement) => test.query(statement)),
    close: async () => database[Symbol.asyncDispose](),
  };
}

const tables = [
  'jobs',
  'ready',
  'suspect',
  'scheduled',
  'claims',
  'keys',
  'key_windows',
  'done',
  'dead',
  'failures',
  'paused',
  'imports',
];

/** Removes every job and every other trace of use. */
export async function emptyQueue(run: (statement: string) => Promise<unknown>): Promise<void> {
  for (const table of tables) await run(`DELETE FROM scalectl_queue_${table}`);
  await run('UPDATE scalectl_queue_control SET last_at = NULL');
}
