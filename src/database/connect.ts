import { readFileSync } from 'node:fs';
import mysql from 'mysql2/promise';
import pRetry, { AbortError } from 'p-retry';
import type { Config } from '../config/settings/index.ts';
import { ScalectlError } from '../errors.ts';
import { affordableConnections, readConnectionRoom } from './connection-budget.ts';
import { flavorOf } from './flavor.ts';
import { PooledDatabase } from './pooled-database.ts';
import { connectFailure, isConnectionError } from './server-errors.ts';
import { openTunnel } from './ssh-tunnel.ts';
import type { Tunnel } from './ssh-tunnel.ts';
import { loginOf } from './target.ts';
import type { Login } from './target.ts';
import type { Database } from './types.ts';

export interface ConnectOptions {
  signal?: AbortSignal;
  /** Aborted: every connection is cut without a goodbye, for work that must end in time on a server that hangs. */
  cutOff?: AbortSignal;
  warn?: (message: string) => void;
}

/**
 * Opens the database that the settings name: one connection is made at once, to learn the server's flavor and to
 * fail early; the others when they are needed.
 * @throws ScalectlError `database-unreachable`, `access-denied`, `database-missing`, `privilege-missing`
 */
export async function connectDatabase(
  settings: Config['database'],
  options: ConnectOptions = {},
): Promise<Database> {
  const login = loginOf(settings);
  const tunnel =
    settings.ssh.host === null ? null : await openTunnel(settings, login.target, options);
  const connection = connectionOptions(settings, tunnel ? throughTunnel(login, tunnel) : login);
  const pool = mysql.createPool({ ...connection, ...poolLimits(settings) });
  if (options.cutOff) destroyOnAbort(pool, options.cutOff);
  try {
    const versionText = await firstAnswer(pool, settings, options.signal);
    const database = new PooledDatabase({
      pool,
      target: login.target,
      flavor: flavorOf(versionText),
      settings,
      killQuery: (threadId) => killQuery(connection, threadId),
      close: async () => tunnel?.close(),
    });
    const size = affordableConnections(settings.pool.size, await readConnectionRoom(database));
    // mysql2 reads the limit anew at each request for a connection.
    pool.pool.config.connectionLimit = size;
    return database;
  } catch (error) {
    await pool.end();
    await tunnel?.close();
    throw error instanceof ScalectlError ? error : connectFailure(error, login.target);
  }
}

function destroyOnAbort(pool: mysql.Pool, cutOff: AbortSignal): void {
  pool.on('connection', (connection) => {
    const destroy = (): void => void connection.destroy();
    if (cutOff.aborted) destroy();
    else cutOff.addEventListener('abort', destroy, { once: true });
  });
}

/**
 * A database for work that only reads: the first replica that answers, else the database itself.
 * The caller tells the two apart by `target`.
 */
export async function connectReader(
  settings: Config['database'],
  options: ConnectOptions = {},
): Promise<Database> {
  for (const url of settings.replicaUrls) {
    try {
      return await connectDatabase({ ...settings, url, connectRetries: 0 }, options);
    } catch (error) {
      if (!(error instanceof ScalectlError)) throw error;
      options.warn?.(`read replica left out: ${error.message}`);
    }
  }
  return connectDatabase(settings, options);
}

async function killQuery(connection: mysql.ConnectionOptions, threadId: number): Promise<void> {
  const killer = await mysql.createConnection(connection);
  try {
    await killer.query(`/* scalectl:cancel */ KILL QUERY ${threadId}`);
  } finally {
    await killer.end();
  }
}

function throughTunnel({ target, password }: Login, tunnel: Tunnel): Login {
  return {
    target: { ...target, host: '127.0.0.1', port: tunnel.port, socketPath: null },
    password,
  };
}

async function firstAnswer(
  pool: mysql.Pool,
  settings: Config['database'],
  signal: AbortSignal | undefined,
): Promise<string> {
  const attempt = async (): Promise<string> => {
    try {
      const [rows] = await pool.query<mysql.RowDataPacket[]>(
        '/* scalectl:connect */ SELECT VERSION() AS version',
      );
      return String(rows[0]?.['version']);
    } catch (error) {
      // Only what may pass by itself is tried again: a wrong password would only lock the account.
      throw isConnectionError(error) ? error : new AbortError(error as Error);
    }
  };
  return pRetry(attempt, {
    retries: settings.connectRetries,
    minTimeout: 200,
    maxTimeout: 3000,
    randomize: true,
    ...(signal ? { signal } : {}),
  });
}

function poolLimits(settings: Config['database']): mysql.PoolOptions {
  return {
    connectionLimit: settings.pool.size,
    maxIdle: settings.pool.size,
    idleTimeout: settings.pool.idleTimeout,
  };
}

function connectionOptions(
  settings: Config['database'],
  { target, password }: Login,
): mysql.ConnectionOptions {
  return {
    ...(target.socketPath
      ? { socketPath: target.socketPath }
      : { host: target.host, port: target.port }),
    user: target.user,
    password,
    database: target.database,
    connectTimeout: settings.connectTimeout,
    enableKeepAlive: true,
    charset: 'utf8mb4_general_ci',
    timezone: 'Z',
    supportBigNumbers: true,
    // One string, one statement: a value that slips through escaping cannot start a second one.
    multipleStatements: false,
    // LOAD DATA LOCAL would let a hostile server read files of this machine.
    flags: ['-LOCAL_FILES'],
    ...tlsOptions(settings.tls),
  };
}

function tlsOptions(tls: Config['database']['tls']): Pick<mysql.ConnectionOptions, 'ssl'> {
  if (tls.mode === 'off') return {};
  return {
    ssl: {
      rejectUnauthorized: tls.mode === 'verify',
      verifyIdentity: tls.mode === 'verify',
      ...(tls.ca === null ? {} : { ca: readFileSync(tls.ca) }),
      ...(tls.cert === null ? {} : { cert: readFileSync(tls.cert) }),
      ...(tls.key === null ? {} : { key: readFileSync(tls.key) }),
    },
  };
}
