import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

import { quoteName } from '../../database/identifiers.ts';
import { ScalectlError } from '../../errors.ts';
import type { Program } from '../programs.mjs';
import { findServer } from '../programs.mjs';
import { createDataFolder } from './data-folder.ts';
import { programArguments, storageArguments } from './database-arguments.ts';
import { startSandboxServer } from './lifecycle.ts';
import type { SandboxServerHandle } from './lifecycle.ts';
import { installAdvice } from '../install-advice.mjs';
import { createSandbox } from './sandbox.ts';
import { sweepAbandonedSandboxes } from './sweep.ts';

export interface MariadbOptions {
  /** `mariadb` (the default; MySQL where only that is installed), or another installed one: `mysql-9.7`, `mariadb-10.5`. */
  server?: string;
  /** A database to create, beside the server's own. */
  database?: string;
  /** Default true. */
  performanceSchema?: boolean;
  /** Write each commit through to the disk, as a production server does. Default false: faster, and safe against kill -9. */
  durable?: boolean;
  /** Otherwise a free port is chosen. */
  port?: number;
  /** Appended last, so that they win: `--max-connections=5`. */
  extraArguments?: readonly string[];
  /** Default 30,000. */
  readyTimeoutMs?: number;
  /** Ends the start, not the running server. */
  signal?: AbortSignal;
}

export interface MariadbServer extends SandboxServerHandle {
  readonly product: 'mariadb' | 'mysql';
  readonly user: string;
  readonly password: string;
  /** `mysql://user:password@127.0.0.1:port`, without a database. */
  readonly url: string;
  /** The same with a database. It is not created. */
  urlOf(database: string): string;
  readonly socketPath: string | null;
  readonly dataDir: string;
}

/** Longest path of a Unix socket that every platform takes (macOS: 104 bytes with the final zero). */
const maxSocketPathBytes = 103;

/**
 * Starts a private MariaDB (or MySQL) on loopback with an empty data folder of its own and one account
 * that may do everything. Nothing of the machine's own configuration is read.
 * @throws ScalectlError `server-program-missing` when there is no such program, `operation-failed` with the
 *   end of the server's log when it does not start
 */
export async function startMariadb(options: MariadbOptions = {}): Promise<MariadbServer> {
  await sweepAbandonedSandboxes();
  const program = await findDatabaseServer(options.server);
  const product = program.name.startsWith('mysql') ? 'mysql' : 'mariadb';
  const sandbox = await createSandbox();
  const { folder } = sandbox;
  const password = randomBytes(12).toString('hex');
  const dataDir = path.join(folder, 'data');
  const socketPath = socketPathIn(folder);
  const label = `${product === 'mysql' ? 'MySQL' : 'MariaDB'} ${program.version}`;
  try {
    await mkdir(path.join(folder, 'tmp'), { mode: 0o700 });
    await createDataFolder({
      program,
      product,
      label,
      sandbox,
      dataDir,
      signal: options.signal ?? null,
    });
    const statements = [...databaseStatements(options.database), ...accountStatements(password)];
    await writeFile(path.join(folder, 'init.sql'), `${statements.join('\n')}\n`, { mode: 0o600 });
  } catch (error) {
    await sandbox.remove();
    throw error;
  }
  const handle = await startSandboxServer({
    label,
    program,
    sandbox,
    port: options.port ?? null,
    prepare: (port) =>
      Promise.resolve(
        serverArguments({ program, product, folder, dataDir, socketPath, port, options }),
      ),
    isReady: (port, log) => Promise.resolve(saysReady(log, port)),
    readyTimeoutMs: options.readyTimeoutMs ?? 30_000,
    signal: options.signal ?? null,
  });
  const url = `mysql://scalectl:${password}@127.0.0.1:${handle.port}`;
  return Object.assign(handle, {
    product,
    user: 'scalectl',
    password,
    url,
    urlOf: (database: string) => `${url}/${encodeURIComponent(database)}`,
    socketPath,
    dataDir,
  } as const);
}

async function findDatabaseServer(name: string | undefined): Promise<Program> {
  const program = name
    ? await findServer(name)
    : ((await findServer('mariadb')) ?? (await findServer('mysql')));
  if (program) return program;
  throw new ScalectlError(
    'server-program-missing',
    `There is no ${name ?? 'MariaDB'} server program on this machine.`,
    { hint: installAdvice('mariadb') },
  );
}

/** The line that a server writes when it accepts connections, for the port that it was told. */
function saysReady(log: string, port: number): boolean {
  const ready = /ready for connections\b[^]*$/.exec(log)?.[0];
  return ready !== undefined && new RegExp(`port: ${port}\\b`).test(ready);
}

/** One statement a line, as an init file is read. Run at each start: also after restart(). */
function databaseStatements(name: string | undefined): string[] {
  return name === undefined ? [] : [`CREATE DATABASE IF NOT EXISTS ${quoteName(name)};`];
}

/** `%` matches the socket and TCP alike, as the server resolves no names. */
function accountStatements(password: string): string[] {
  return [
    `CREATE USER IF NOT EXISTS 'scalectl'@'%' IDENTIFIED BY '${password}';`,
    `GRANT ALL PRIVILEGES ON *.* TO 'scalectl'@'%' WITH GRANT OPTION;`,
    // MySQL's first account has no password, and loopback is open to everyone on the machine.
    `DROP USER IF EXISTS 'root'@'localhost';`,
  ];
}

interface ArgumentSource {
  program: Program;
  product: 'mariadb' | 'mysql';
  folder: string;
  dataDir: string;
  socketPath: string | null;
  port: number;
  options: MariadbOptions;
}

function serverArguments(source: ArgumentSource): string[] {
  const { program, product, folder, dataDir, port, options } = source;
  return [
    // Must be the first: no configuration file of the machine's is read.
    '--no-defaults',
    ...programArguments(program),
    `--datadir=${dataDir}`,
    `--tmpdir=${path.join(folder, 'tmp')}`,
    // Debian's MySQL has a folder compiled in that only its installation makes.
    `--secure-file-priv=${path.join(folder, 'tmp')}`,
    `--pid-file=${path.join(folder, 'server.pid')}`,
    `--init-file=${path.join(folder, 'init.sql')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    ...(process.platform === 'win32' ? ['--console'] : [`--socket=${source.socketPath ?? ''}`]),
    '--skip-name-resolve',
    '--skip-log-bin',
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_unicode_ci',
    `--performance-schema=${options.performanceSchema === false ? 'OFF' : 'ON'}`,
    ...storageArguments(options.durable === true),
    ...(product === 'mysql' ? ['--mysqlx=OFF'] : []),
    ...(options.extraArguments ?? []),
  ];
}

function socketPathIn(folder: string): string | null {
  const socketPath = path.join(folder, 'mysql.sock');
  if (process.platform === 'win32' || Buffer.byteLength(socketPath) > maxSocketPathBytes)
    return null;
  return socketPath;
}
