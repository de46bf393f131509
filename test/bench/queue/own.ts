import { loadConfig } from '../../../src/config/load.ts';
import { connectDatabase } from '../../../src/database/connect.ts';
import type { Database } from '../../../src/database/types.ts';
import type { NewJob } from '../../../src/queue/job.ts';
import { createMysqlStore } from '../../../src/queue/stores/mysql/store.ts';
import type { QueueStore } from '../../../src/queue/store.ts';
import type { ProcessOptions } from '../../../src/queue/worker/process-options.ts';
import { processQueue } from '../../../src/queue/worker/process-queue.ts';
import { startMariadb } from '../../../src/sandbox/servers/mariadb.ts';
import type { MariadbServer } from '../../../src/sandbox/servers/mariadb.ts';
import { addInBulk, jobType, payload } from './contender.ts';
import type { Contender } from './contender.ts';

export const connections = 16;

export const job: NewJob = {
  type: jobType,
  data: JSON.stringify(payload),
  priority: 50,
  uniqueKey: null,
  maxAttempts: null,
  due: null,
};

/** Its whole worker on its own store: leases, retries, history of what was completed. */
export interface OwnContender extends Contender {
  readonly server: MariadbServer;
  readonly database: Database;
  readonly store: QueueStore;
  /** Whether each commit also flushes the binary log: MariaDB is shipped without, MySQL with. */
  setStrict(isStrict: boolean): Promise<void>;
}

/** A MariaDB as a production server has it: each commit flushed to the disk, and a binary log. */
export async function openOwn(): Promise<OwnContender> {
  const server = await startMariadb({
    durable: true,
    database: 'bench',
    extraArguments: ['--log-bin=bench', '--server-id=1', '--innodb-log-file-size=256M'],
  });
  try {
    const database = await connect(server, 'bench');
    const [settings] = await database.read<{ flush: number; binlog: number }>(
      '/* scalectl:bench */ SELECT @@innodb_flush_log_at_trx_commit AS flush, @@log_bin AS binlog',
    );
    if (settings?.flush !== 1 || settings.binlog !== 1) {
      throw new Error('the server does not flush at commit, or has no binary log');
    }
    return await ownOn(server, database);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export async function connect(server: MariadbServer, name: string): Promise<Database> {
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: {
      SCALECTL_DB_URL: server.urlOf(name),
      SCALECTL_DATABASE_POOL_SIZE: String(connections),
    },
    discover: false,
  });
  return connectDatabase(values.database);
}

async function ownOn(server: MariadbServer, database: Database): Promise<OwnContender> {
  const store = createMysqlStore(database);
  await store.prepare();
  return {
    label: `scalectl, MariaDB ${server.program.version}, flush at commit, binary log`,
    server,
    database,
    store,
    setStrict: async (isStrict) => {
      await database.define(`/* scalectl:bench */ SET GLOBAL sync_binlog = ${isStrict ? 1 : 0}`);
    },
    add: (count) => addInBulk(count, (size) => store.add(Array.from({ length: size }, () => job))),
    drain: async (count) => {
      const { completed, jobsPerSecond } = await processQueue(processOptions(store));
      if (completed !== count) throw new Error(`${completed} of ${count} jobs were run`);
      await store.purge({ status: 'completed', olderThanMs: 0 });
      return jobsPerSecond;
    },
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await server.stop();
    },
  };
}

/** As `queue process` has them by default, with a handler that does nothing. */
export function processOptions(store: QueueStore): ProcessOptions {
  return {
    store,
    findHandler: () => ({ run: () => ({ kind: 'done', result: null }) }),
    policy: { firstDelayMs: 1000, maxDelayMs: 1000, maxAttemptsOf: () => 3 },
    concurrency: 4,
    leaseMs: 60_000,
    graceMs: 1000,
    pollMs: 100,
    retentionMs: 3_600_000,
  };
}
