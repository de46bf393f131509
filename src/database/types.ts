import type { Flavor } from './flavor.ts';

/** Values for the `?` of a statement. An array of arrays fills `VALUES ?` of a multi-row INSERT. */
export type SqlValues = readonly unknown[];

export interface ReadOptions {
  /**
   * Milliseconds after which the server ends the statement; default `database.readTimeout`.
   * 0: no limit, and the statement reaches MariaDB as it stands, so that its digest is that of any other client.
   */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface WriteResult {
  affectedRows: number;
  /** AUTO_INCREMENT value of the first row inserted, 0 when there is none. */
  insertId: number;
  /** Rows whose values really changed (UPDATE), where the server says so. */
  changedRows: number;
}

/** One place to run statements: the pool, a pinned connection or a transaction. */
export interface Session {
  /** Rows of a SELECT or SHOW. Runs under a statement timeout. */
  read<Row extends object = Record<string, unknown>>(
    statement: string,
    values?: SqlValues,
    options?: ReadOptions,
  ): Promise<Row[]>;
  /** INSERT, UPDATE, DELETE. Runs under `lock_wait_timeout`, never retried by itself. */
  write(statement: string, values?: SqlValues): Promise<WriteResult>;
}

/** A connection of its own: session variables, GET_LOCK and LOCK IN SHARE MODE stay on it. */
export interface PinnedSession extends Session, AsyncDisposable {
  readonly connectionId: number;
}

export interface DefineOptions {
  /** Seconds to wait for a metadata lock; default 1, so that application statements never queue for long. */
  lockWaitTimeoutSeconds?: number;
  /** False lets an index go that a foreign key needs. Default true. */
  foreignKeyChecks?: boolean;
  /** Aborting sends KILL QUERY for the statement from another connection. */
  signal?: AbortSignal;
}

export interface QueryStatistics {
  count: number;
  meanMs: number | null;
  slow: number;
  slowestMs: number | null;
}

export interface DatabaseTarget {
  host: string;
  port: number;
  socketPath: string | null;
  user: string;
  database: string;
  /** `user@host:port/database`, without the password: for messages. */
  label: string;
}

/** A connected database. Everything above `src/database` knows this interface and no driver. */
export interface Database extends Session, AsyncDisposable {
  readonly target: DatabaseTarget;
  readonly flavor: Flavor;
  /** Commits when `work` resolves, rolls back when it throws. Isolation READ COMMITTED unless told. */
  transaction<T>(
    work: (session: Session) => Promise<T>,
    options?: { isolation?: 'READ COMMITTED' | 'REPEATABLE READ' },
  ): Promise<T>;
  pin(): Promise<PinnedSession>;
  /** DDL, ANALYZE, OPTIMIZE: no statement timeout, a short lock wait. Returns the rows that ANALYZE answers with. */
  define(statement: string, options?: DefineOptions): Promise<Record<string, unknown>[]>;
  statistics(): QueryStatistics;
}
