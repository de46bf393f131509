import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';

import { ScalectlError } from '../../errors.ts';
import type { Program } from '../programs.mjs';
import { findServer } from '../programs.mjs';
import { installAdvice } from '../install-advice.mjs';
import { startSandboxServer } from './lifecycle.ts';
import type { SandboxServerHandle } from './lifecycle.ts';
import { createSandbox } from './sandbox.ts';
import { sweepAbandonedSandboxes } from './sweep.ts';

export interface RedisOptions {
  /** `redis` (the default; Valkey where only that is installed), or another installed one: `redis-6.0`, `valkey-9`. */
  server?: string;
  /** Default: a random one, as loopback is open to everyone on the machine. null: none. */
  password?: string | null;
  /** Otherwise a free port is chosen. */
  port?: number;
  /** Number of databases, default 16. */
  databases?: number;
  /** Further lines of redis.conf, which win: `appendonly yes`, `maxmemory 2mb`. */
  extraConfiguration?: readonly string[];
  /** Default 15,000. */
  readyTimeoutMs?: number;
  /** Ends the start, not the running server. */
  signal?: AbortSignal;
}

export interface RedisServer extends SandboxServerHandle {
  readonly password: string | null;
  /** `redis://:password@127.0.0.1:port`, database 0. */
  readonly url: string;
  /** The same with another database number. */
  urlOf(database: number): string;
  readonly dataDir: string;
}

/**
 * Starts a private Redis (or Valkey) on loopback that keeps nothing on disk unless told.
 * @throws ScalectlError `server-program-missing` when there is no such program, `operation-failed` with the
 *   end of the server's log when it does not start
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  await sweepAbandonedSandboxes();
  const program = await findCacheServer(options.server);
  const password =
    options.password === undefined ? randomBytes(12).toString('hex') : options.password;
  const sandbox = await createSandbox();
  const dataDir = path.join(sandbox.folder, 'data');
  const configurationFile = path.join(sandbox.folder, 'redis.conf');
  try {
    await mkdir(dataDir, { mode: 0o700 });
  } catch (error) {
    await sandbox.remove();
    throw error;
  }
  const handle = await startSandboxServer({
    label: `${program.name.startsWith('valkey') ? 'Valkey' : 'Redis'} ${program.version}`,
    program,
    sandbox,
    port: options.port ?? null,
    prepare: async (port) => {
      const lines = configurationLines({ port, dataDir, password, program, options });
      // In a file, not in the arguments, which everyone on the machine can read.
      await writeFile(configurationFile, `${lines.join('\n')}\n`, { mode: 0o600 });
      return [configurationFile];
    },
    isReady: (port) => answersPing(port, password),
    readyTimeoutMs: options.readyTimeoutMs ?? 15_000,
    signal: options.signal ?? null,
  });
  const url = `redis://${password === null ? '' : `:${password}@`}127.0.0.1:${handle.port}`;
  return Object.assign(handle, {
    password,
    url,
    urlOf: (database: number) => `${url}/${database}`,
    dataDir,
  });
}

async function findCacheServer(name: string | undefined): Promise<Program> {
  const program = name
    ? await findServer(name)
    : ((await findServer('redis')) ?? (await findServer('valkey')));
  if (program) return program;
  throw new ScalectlError(
    'server-program-missing',
    `There is no ${name ?? 'Redis'} server program on this machine.`,
    { hint: installAdvice('redis') },
  );
}

interface ConfigurationSource {
  port: number;
  dataDir: string;
  password: string | null;
  program: Program;
  options: RedisOptions;
}

function configurationLines(source: ConfigurationSource): string[] {
  const { port, dataDir, password, program, options } = source;
  const major = Number(program.version.split('.')[0]);
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${quoted(dataDir)}`,
    'daemonize no',
    'save ""',
    'appendonly no',
    `databases ${options.databases ?? 16}`,
    ...(password === null ? [] : [`requirepass ${quoted(password)}`]),
    // The process keeps naming its configuration file, which proves later whose it is.
    ...(major >= 7 ? ['proc-title-template "{title} {config-file}"'] : []),
    ...(options.extraConfiguration ?? []),
  ];
}

/** redis.conf reads a quoted word with backslash escapes, as its own CONFIG REWRITE writes them. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The password makes it sure that the server which answers is the one that was started. */
function answersPing(port: number, password: string | null): Promise<boolean> {
  const login = password === null ? '' : `AUTH ${password}\r\n`;
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    let answer = '';
    const end = (ready: boolean): void => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(2000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('end', () => end(false));
    socket.on('connect', () => socket.write(`${login}PING\r\n`));
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
      if (answer.includes('+PONG')) end(true);
      // Still reading its files, or not ours.
      else if (/^-/m.test(answer)) end(false);
    });
  });
}
