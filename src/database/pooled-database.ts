import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolConnection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import type { Config } from '../config/settings/index.ts';
import { ScalectlError } from '../errors.ts';
import type { Flavor } from './flavor.ts';
import { QueryStatisticsRecorder } from './query-statistics.ts';
import { statementFailure } from './server-errors.ts';
import type {
  Database,
  DatabaseTarget,
  DefineOptions,
  PinnedSession,
  QueryStatistics,
  ReadOptions,
  Session,
  SqlValues,
  WriteResult,
} from './types.ts';

type Settings = Pick<Config['database'], 'readTimeout' | 'lockWaitTimeout' | 'slowThreshold'>;

const killAgainAfterMs = 50;

/** What a session of ours always looks like, whatever the server's defaults. */
function sessionSetup(settings: Settings): string {
  const lockWaitSeconds = Math.max(1, Math.round(settings.lockWaitTimeout / 1000));
  // Without ANSI_QUOTES and NO_BACKSLASH_ESCAPES: the driver's escaping of values relies on it.
  return (
    `/* scalectl:connect */ SET SESSION sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', ` +
    `time_zone = '+00:00', innodb_lock_wait_timeout = ${lockWaitSeconds}, lock_wait_timeout = ${lockWaitSeconds}, ` +
    'group_concat_max_len = 1048576'
  );
}

export class PooledDatabase implements Database {
  readonly target: DatabaseTarget;
  readonly flavor: Flavor;
  readonly #pool: Pool;
  readonly #settings: Settings;
  readonly #recorder: QueryStatisticsRecorder;
  readonly #killQuery: (threadId: number) => Promise<void>;
  readonly #close: () => Promise<void>;
  readonly #prepared = new WeakSet<object>();

  constructor(parts: {
    pool: Pool;
    target: DatabaseTarget;
    flavor: Flavor;
    settings: Settings;
    /** Opens a connection of its own and sends KILL QUERY. */
    killQuery: (threadId: number) => Promise<void>;
    /** What goes with the pool, such as an SSH tunnel. */
    close: () => Promise<void>;
  }) {
    const { settings } = parts;
    this.#pool = parts.pool;
    this.target = parts.target;
    this.flavor = parts.flavor;
    this.#killQuery = parts.killQuery;
    this.#close = parts.close;
    this.#settings = settings;
    this.#recorder = new QueryStatisticsRecorder(settings.slowThreshold);
  }

  read<Row extends object>(
    statement: string,
    values?: SqlValues,
    options?: ReadOptions,
  ): Promise<Row[]> {
    return this.#withConnection((connection) =>
      this.#on(connection).read<Row>(statement, values, options),
    );
  }

  write(statement: string, values?: SqlValues): Promise<WriteResult> {
    return this.#withConnection((connection) => this.#on(connection).write(statement, values));
  }

  async transaction<T>(
    work: (session: Session) => Promise<T>,
    options: { isolation?: 'READ COMMITTED' | 'REPEATABLE READ' } = {},
  ): Promise<T> {
    return this.#withConnection(async (connection) => {
      const run = (statement: string): Promise<unknown> => this.#run(connection, statement, []);
      await run(`SET TRANSACTION ISOLATION LEVEL ${options.isolation ?? 'READ COMMITTED'}`);
      await run('START TRANSACTION');
      try {
        const result = await work(this.#on(connection));
        await run('COMMIT');
        return result;
      } catch (error) {
        // A lost connection has rolled back by itself; its error must not hide the first one.
        await connection.rollback().catch(() => connection.destroy());
        throw error;
      }
    });
  }

  async pin(): Promise<PinnedSession> {
    const connection = await this.#acquire();
    return {
      ...this.#on(connection),
      connectionId: connection.threadId,
      // Destroyed, not released: session variables and locks of this connection must not reach the next user.
      [Symbol.asyncDispose]: () => Promise.resolve(connection.destroy()),
    };
  }

  async define(statement: string, options: DefineOptions = {}): Promise<Record<string, unknown>[]> {
    const connection = await this.#acquire();
    const stop = this.#killOnAbort(connection, options.signal);
    try {
      await this.#run(
        connection,
        `SET SESSION lock_wait_timeout = ${options.lockWaitTimeoutSeconds ?? 1}`,
        [],
      );
      if (this.flavor.statementTimeout) {
        await this.#run(connection, `SET SESSION ${this.flavor.statementTimeout.variable} = 0`, []);
      }
      if (options.foreignKeyChecks === false) {
        await this.#run(connection, 'SET SESSION foreign_key_checks = 0', []);
      }
      const answer = await this.#run(connection, statement, []);
      return Array.isArray(answer) ? (answer as Record<string, unknown>[]) : [];
    } finally {
      await stop();
      connection.destroy();
    }
  }

  statistics(): QueryStatistics {
    return this.#recorder.read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#pool.end();
    } finally {
      await this.#close();
    }
  }

  #on(connection: PoolConnection): Session {
    return {
      read: <Row extends object>(
        statement: string,
        values: SqlValues = [],
        options: ReadOptions = {},
      ) => this.#read<Row>(connection, statement, values, options),
      write: async (statement, values = []) => {
        const header = (await this.#run(connection, statement, values)) as ResultSetHeader & {
          changedRows?: number;
        };
        return {
          affectedRows: header.affectedRows,
          insertId: header.insertId,
          changedRows: header.changedRows ?? 0,
        };
      },
    };
  }

  async #read<Row extends object>(
    connection: PoolConnection,
    statement: string,
    values: SqlValues,
    options: ReadOptions,
  ): Promise<Row[]> {
    const timeoutMs = options.timeoutMs ?? this.#settings.readTimeout;
    const stop = this.#killOnAbort(connection, options.signal);
    try {
      const limit = this.flavor.statementTimeout;
      // MariaDB limits one statement; MySQL only a session, and only its SELECTs.
      if (limit?.variable === 'max_statement_time') {
        const prefix =
          timeoutMs === 0
            ? ''
            : `SET STATEMENT max_statement_time = ${timeoutMs / limit.unitMs} FOR `;
        return (await this.#run(connection, `${prefix}${statement}`, values)) as Row[];
      }
      if (limit)
        await this.#run(
          connection,
          `SET SESSION ${limit.variable} = ${timeoutMs / limit.unitMs}`,
          [],
        );
      return (await this.#run(connection, statement, values)) as Row[];
    } finally {
      await stop();
    }
  }

  async #run(connection: PoolConnection, statement: string, values: SqlValues): Promise<unknown> {
    const startedAt = performance.now();
    try {
      const [answer] = await connection.query<RowDataPacket[] | ResultSetHeader>(statement, [
        ...values,
      ]);
      return answer;
    } catch (error) {
      throw statementFailure(error);
    } finally {
      this.#recorder.record(performance.now() - startedAt);
    }
  }

  async #withConnection<T>(work: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const connection = await this.#acquire();
    try {
      return await work(connection);
    } finally {
      connection.release();
    }
  }

  async #acquire(): Promise<PoolConnection> {
    let connection: PoolConnection;
    try {
      connection = await this.#pool.getConnection();
    } catch (error) {
      throw statementFailure(error);
    }
    const raw = connection.connection;
    if (!this.#prepared.has(raw)) {
      await this.#run(connection, sessionSetup(this.#settings), []);
      this.#prepared.add(raw);
    }
    return connection;
  }

  /**
   * An aborted statement goes on in the server unless it is told: that takes a connection beside the pool's.
   * @returns what to call, and await, when the statement has ended
   */
  #killOnAbort(connection: PoolConnection, signal: AbortSignal | undefined): () => Promise<void> {
    if (signal?.aborted) throw new ScalectlError('interrupted', 'stopped before a statement');
    let hasEnded = false;
    let killing = Promise.resolve();
    const kill = (): void => {
      killing = this.#killUntil(connection, () => hasEnded);
    };
    signal?.addEventListener('abort', kill, { once: true });
    return () => {
      hasEnded = true;
      signal?.removeEventListener('abort', kill);
      return killing;
    };
  }

  /**
   * A KILL that arrives before the statement ends nothing, so it is sent again; one that arrives after it would end
   * the next statement of the connection, so it is waited for.
   */
  async #killUntil(connection: PoolConnection, hasEnded: () => boolean): Promise<void> {
    try {
      for (; !hasEnded(); await sleep(killAgainAfterMs)) await this.#killQuery(connection.threadId);
    } catch {
      // Without a second connection the client closes, and the server ends the statement when it notices.
      connection.destroy();
    }
  }
}
