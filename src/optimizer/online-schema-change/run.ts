import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Login } from '../../database/target.ts';
import { ScalectlError } from '../../errors.ts';
import { identifyProcess } from '../../runtime/process-identity.ts';
import type { ProcessIdentity } from '../../runtime/process-identity.ts';
import type { Program } from '../../sandbox/program-cache.mjs';
import { findTool } from '../../sandbox/tools.mjs';
import { commandLine, defaultsText } from './command-line.ts';
import type { Copy } from './command-line.ts';
import { readFailure, readProgress } from './output.ts';
import type { CopyProgress } from './output.ts';

export interface CopyOptions {
  readonly login: Login;
  readonly copy: Copy;
  readonly onProgress: (progress: CopyProgress) => void;
  /** By `newFolder`, written down before: a later run can remove it. */
  readonly folder: string;
  /** Called before the tool begins: a process that is written down here can be ended by a later run. */
  readonly onStart: (process: ProcessIdentity) => Promise<void>;
  readonly signal: AbortSignal;
}

/** What a killed run leaves on this machine. */
export interface Copier {
  /** null until it was started. */
  readonly process: ProcessIdentity | null;
  /** Holds the file with the password. */
  readonly folder: string;
}

/** Kept for the sentence about a failure. */
const keptLines = 40;

/** After SIGTERM it ends the chunk that it copies first. */
const graceMs = 10_000;

/** The name of a folder for the file with the password; it is made by `copyTable`. */
export function newFolder(): string {
  return path.join(os.tmpdir(), `${folderPrefix}${randomBytes(6).toString('hex')}`);
}

/** Whether a folder's name is one that `newFolder` gave on this machine. */
export function isOurFolder(folder: string): boolean {
  return path.dirname(folder) === os.tmpdir() && path.basename(folder).startsWith(folderPrefix);
}

const folderPrefix = 'scalectl-copy-';

/** pt-online-schema-change of this machine; null when it is not installed. */
export function findOnlineSchemaChange(): Promise<Program | null> {
  return process.platform === 'win32' ? Promise.resolve(null) : findTool('pt-online-schema-change');
}

/**
 * Has pt-online-schema-change make a changed copy of a table and triggers that keep it up to date. The table stays
 * as it is, whatever happens; the copy and the triggers are the caller's to use or to remove, also after a failure.
 * @throws ScalectlError `interrupted` when it was stopped, `operation-failed` with what the tool said
 */
export async function copyTable(program: Program, options: CopyOptions): Promise<void> {
  if (options.signal.aborted) throw new ScalectlError('interrupted', 'stopped before the copy');
  const { folder } = options;
  await mkdir(folder, { mode: 0o700 });
  const defaultsFile = path.join(folder, 'client.cnf');
  try {
    const [command = 'perl', ...words] = commandLine(
      program,
      options.login,
      options.copy,
      defaultsFile,
    );
    const child = spawn(command, words, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...program.env, LC_ALL: 'C' },
    });
    await follow(child, { ...options, defaultsFile });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function follow(
  child: ChildProcess,
  options: CopyOptions & { defaultsFile: string },
): Promise<void> {
  const { onStart, onProgress, signal, folder } = options;
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      const progress = readProgress(line);
      if (progress) onProgress(progress);
      else lines.push(line);
      if (lines.length > keptLines) lines.shift();
    });
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code);
    });
  });
  // Handled below; a failure before that must not end the process.
  ended.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGTERM');
    timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  };
  const endNow = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  signal.addEventListener('abort', stop, { once: true });
  process.once('exit', endNow);
  try {
    child.stdin?.on('error', () => undefined);
    if (child.pid !== undefined) {
      await onStart(identifyProcess(child.pid));
      const text = defaultsText(options.login);
      await writeFile(options.defaultsFile, text, { mode: 0o600, flag: 'wx' });
    }
    child.stdin?.end('go\n');
    const code = await ended;
    if (signal.aborted) throw new ScalectlError('interrupted', 'the copy was stopped');
    if (code === 0) return;
    throw new ScalectlError(
      'operation-failed',
      `pt-online-schema-change: ${readFailure(lines) ?? `it ended with ${code ?? 'a signal'}`}`,
      { hint: 'The table is as it was.', cause: new Error(lines.join('\n')) },
    );
  } catch (error) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    if (error instanceof ScalectlError) throw error;
    throw new ScalectlError('operation-failed', 'pt-online-schema-change could not be started', {
      hint: 'Try pt-online-schema-change --version by hand.',
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    process.off('exit', endNow);
  }
}
