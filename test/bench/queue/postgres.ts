import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { findFreePort } from '../../../src/sandbox/servers/free-port.ts';

const run = promisify(execFile);

export interface PostgresServer extends AsyncDisposable {
  readonly url: string;
  readonly version: string;
}

/** `nobody` of Debian: PostgreSQL refuses to run as root. */
const nobody = 65_534;

/**
 * A private PostgreSQL on loopback with its own defaults: every commit is flushed to the disk.
 * @throws Error naming the package when there is none
 */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = findPrograms();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-postgres-'));
  const isRoot = process.getuid?.() === 0;
  const data = path.join(folder, 'data');
  const as = (program: string, args: readonly string[]): [string, string[]] => {
    const file = path.join(programs, program);
    if (!isRoot) return [file, [...args]];
    const user = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
    return ['setpriv', [...user, file, ...args]];
  };
  // What was started is ended by its own data folder, never by name.
  const stop = async (): Promise<void> => {
    if (existsSync(path.join(data, 'postmaster.pid'))) {
      await run(...as('pg_ctl', ['stop', '-D', data, '-m', 'immediate', '-w']), { cwd: '/' });
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    if (isRoot) await chown(folder, nobody, nobody);
    await mkdir(path.join(folder, 'log'), { mode: 0o777 });
    if (isRoot) await chown(path.join(folder, 'log'), nobody, nobody);
    const trust = ['-A', 'trust', '-U', 'bench', '-E', 'UTF8', '--no-locale'];
    await run(...as('initdb', ['-D', data, ...trust]), { cwd: '/' });
    const port = await findFreePort();
    const options = `-h 127.0.0.1 -p ${port} -k ${folder}`;
    const log = path.join(folder, 'log', 'server.log');
    await run(...as('pg_ctl', ['start', '-D', data, '-w', '-l', log, '-o', options]), { cwd: '/' });
    const { stdout } = await run(path.join(programs, 'postgres'), ['--version']);
    return {
      url: `postgres://bench@127.0.0.1:${port}/postgres`,
      version: /\d+\.\d+/.exec(stdout)?.[0] ?? '',
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Debian keeps the server's programs off PATH, one folder a major version. */
function findPrograms(): string {
  const parent = '/usr/lib/postgresql';
  const versions = existsSync(parent)
    ? readdirSync(parent).sort((a, b) => Number(b) - Number(a))
    : [];
  const folders = [
    ...versions.map((version) => path.join(parent, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(path.delimiter),
  ];
  const found = folders.find((folder) => existsSync(path.join(folder, 'initdb')));
  if (found !== undefined) return found;
  throw new Error(
    'there is no PostgreSQL: install the package postgresql (apt), it need not be started',
  );
}
