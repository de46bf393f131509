import { loadConfig } from '../../src/config/load.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import type { Database } from '../../src/database/types.ts';
import type { NewJob } from '../../src/queue/job.ts';
import { createMysqlStore } from '../../src/queue/stores/mysql/store.ts';
import { processQueue } from '../../src/queue/worker/process-queue.ts';
import { startMariadb } from '../../src/sandbox/servers/mariadb.ts';
import type { MariadbServer } from '../../src/sandbox/servers/mariadb.ts';

export interface Bench {
  /** What it runs on. */
  label: string;
  /** Jobs per second of scalectl's store and worker, one process. */
  drainQueue(count: number): Promise<number>;
  /** Jobs per second of loops that take one job each in a transaction, as many queues in SQL do. */
  drainPattern(count: number): Promise<number>;
  close(): Promise<void>;
}

export async function openBench(connections: number): Promise<Bench> {
  const server = await startMariadb({ durable: true });
  try {
    return await openOn(server, connections);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function openOn(server: MariadbServer, connections: number): Promise<Bench> {
  {
    await using first = await connect(server.urlOf('mysql'), 1);
    await first.define('/* scalectl:bench */ CREATE DATABASE bench');
  }
  const database = await connect(server.urlOf('bench'), connections);
  await createMysqlStore(database).prepare();
  await database.define(
    `/* scalectl:bench */ CREATE TABLE jobs (
       id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, type VARCHAR(100) NOT NULL, data MEDIUMTEXT NOT NULL,
       reserved_at DATETIME NULL, KEY (reserved_at, id)) ENGINE=InnoDB`,
  );
  return {
    label: `MariaDB ${server.program.version}`,
    drainQueue: (count) => drainQueue(database, count),
    drainPattern: (count) => drainPattern(database, count, connections),
    close: async () => {
      await database[Symbol.asyncDispose]();
      await server.stop();
    },
  };
}

async function connect(url: string, size: number): Promise<Database> {
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: { SCALECTL_DB_URL: url, SCALECTL_DATABASE_POOL_SIZE: String(size) },
    discover: false,
  });
  return connectDatabase(values.database);
}

const data = JSON.stringify({ to: 'a@shop.example', subject: 'Your bill', order: 4711 });

async function drainQueue(database: Database, count: number): Promise<number> {
  const store = createMysqlStore(database);
  const job: NewJob = {
    type: 'send_email',
    data,
    priority: 50,
    uniqueKey: null,
    maxAttempts: null,
    due: null,
  };
  for (let added = 0; added < count; added += 1000) {
    await store.add(Array.from({ length: Math.min(1000, count - added) }, () => job));
  }
  const result = await processQueue({
    store,
    findHandler: () => ({ run: () => ({ kind: 'done', result: null }) }),
    policy: { firstDelayMs: 1000, maxDelayMs: 1000, maxAttemptsOf: () => 3 },
    concurrency: 4,
    leaseMs: 20_000,
    graceMs: 1000,
    pollMs: 100,
    retentionMs: 3_600_000,
  });
  if (result.completed !== count) throw new Error(`${result.completed} of ${count} jobs were run`);
  await store.purge({ status: 'completed', olderThanMs: 0 });
  return result.jobsPerSecond;
}

async function drainPattern(database: Database, count: number, loops: number): Promise<number> {
  for (let added = 0; added < count; added += 500) {
    const rows = Array.from({ length: Math.min(500, count - added) }, () => ['send_email', data]);
    await database.write('/* scalectl:bench */ INSERT INTO jobs (type, data) VALUES ?', [rows]);
  }
  const startedAt = performance.now();
  let done = 0;
  const loop = async (): Promise<void> => {
    while (await takeOne(database)) done += 1;
  };
  await Promise.all(Array.from({ length: loops }, loop));
  if (done !== count) throw new Error(`${done} of ${count} jobs were run`);
  return (done * 1000) / (performance.now() - startedAt);
}

/** A job is reserved in one transaction, run, and deleted in another. */
async function takeOne(database: Database): Promise<boolean> {
  const id = await database.transaction(async (session) => {
    const [row] = await session.read<{ id: number; data: string }>(
      '/* scalectl:bench */ SELECT id, data FROM jobs WHERE reserved_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED',
    );
    if (!row) return null;
    JSON.parse(row.data);
    await session.write('/* scalectl:bench */ UPDATE jobs SET reserved_at = NOW() WHERE id = ?', [
      row.id,
    ]);
    return row.id;
  });
  if (id === null) return false;
  await database.write('/* scalectl:bench */ DELETE FROM jobs WHERE id = ?', [id]);
  return true;
}
