import { randomBytes } from 'node:crypto';

import mysql from 'mysql2/promise';
import { inject } from 'vitest';

import { atEndOfFile } from './cleanups.ts';
import './provided.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  /** Of an account that may do everything on the whole server. */
  readonly url: string;
  /** A connection past the code under test, to prepare and to check; closed with the database. */
  readonly connection: mysql.Connection;
  /** Rows of one statement on that connection. */
  query<Row extends object = Record<string, unknown>>(
    statement: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
  drop(): Promise<void>;
}

/**
 * An empty database of its own, on the run's MariaDB unless another server's URL is given. It is dropped at
 * the end of the test file, or earlier with `await using`.
 */
export async function freshDatabase(serverUrl?: string): Promise<TestDatabase> {
  const server = serverUrl ?? inject('mariadbUrl');
  if (server === null) throw new Error('This project has no database server: see global-setup.ts.');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = new URL(server);
  url.pathname = '/';
  const connection = await mysql.createConnection({ uri: url.href, timezone: 'Z' });
  await connection.query(
    `CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  );
  await connection.query(`USE ${name}`);
  url.pathname = `/${name}`;
  let dropped = false;
  const drop = async (): Promise<void> => {
    if (dropped) return;
    dropped = true;
    await connection.query(`DROP DATABASE IF EXISTS ${name}`);
    await connection.end();
  };
  atEndOfFile(drop);
  return {
    name,
    url: url.href,
    connection,
    query: async <Row extends object>(statement: string, values: readonly unknown[] = []) => {
      const [rows] = await connection.query(statement, [...values]);
      return (Array.isArray(rows) ? rows : []) as Row[];
    },
    drop,
    [Symbol.asyncDispose]: drop,
  };
}
