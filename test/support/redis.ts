import process from 'node:process';

import { Redis } from 'ioredis';
import { inject } from 'vitest';

import { atEndOfFile } from './cleanups.ts';
import { redisDatabases } from './provided.ts';

export interface TestRedis extends AsyncDisposable {
  /** With the database number as its path. */
  readonly url: string;
  readonly database: number;
  /** A connection past the code under test, to prepare and to check. */
  readonly client: Redis;
  close(): Promise<void>;
}

/** How many a test file may have at the same time. */
const databasesPerWorker = 8;

let opened = 0;

/** An empty database of the run's Redis that no other test file uses now; emptied at the end of this one. */
export async function freshRedis(): Promise<TestRedis> {
  const server = inject('redisUrl');
  if (server === null) throw new Error('This project has no Redis server: see global-setup.ts.');
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 1) - 1;
  const database = worker * databasesPerWorker + (opened % databasesPerWorker);
  if (database >= redisDatabases) throw new Error('More workers than Redis databases.');
  opened += 1;
  const url = new URL(server);
  url.pathname = `/${database}`;
  const client = new Redis(url.href);
  await client.flushdb();
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await client.flushdb();
    await client.quit();
  };
  atEndOfFile(close);
  return { url: url.href, database, client, close, [Symbol.asyncDispose]: close };
}
