import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { cacheFolder } from '../../src/sandbox/program-cache.mjs';
import { atEndOfFile } from './cleanups.ts';
import { runMarker } from './provided.ts';

export const binary = fileURLToPath(new URL('../../dist/bin/scalectl.js', import.meta.url));

export interface ScalectlOptions {
  /** Added to a clean environment; undefined takes a name out. */
  env?: Record<string, string | undefined>;
  /** Default: an empty folder, so that no configuration file is found. */
  cwd?: string;
  /** Written to stdin, which is then closed; otherwise stdin is empty. */
  input?: string | Uint8Array;
  /** Default 60,000; then the process is killed and the promise rejects. */
  timeoutMs?: number;
}

/** What `--json` prints. */
export interface Envelope {
  ok: boolean;
  command: string;
  result: unknown;
  warnings: string[];
  error: { code: string; message: string; hint: string | null } | null;
  durationMs: number;
}

export interface ScalectlResult {
  /** null when a signal ended it. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** stdout as one JSON object; null when it is not that. */
  json: Envelope | null;
  durationMs: number;
}

export interface RunningScalectl {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Everything written until now. */
  output(): { stdout: string; stderr: string };
  /** Resolves when stdout or stderr has this; rejects when the process ends without it. */
  waitFor(text: string | RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly done: Promise<ScalectlResult>;
}

/** Runs the built binary to its end, as a user would: a process, an empty home folder, a pipe on each side. */
export async function runScalectl(
  args: readonly string[],
  options: ScalectlOptions = {},
): Promise<ScalectlResult> {
  return (await startScalectl(args, options)).done;
}

/** Starts the built binary, for tests that send a signal or watch it work. Await `done` at the end. */
export async function startScalectl(
  args: readonly string[],
  options: ScalectlOptions = {},
): Promise<RunningScalectl> {
  if (!existsSync(binary)) throw new Error(`${binary} is missing: run \`npm run build\` first.`);
  const home = await cleanHome();
  const started = performance.now();
  const child = spawn(process.execPath, [binary, ...args], {
    cwd: options.cwd ?? path.join(home, 'work'),
    env: { ...cleanEnvironment(home), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { stdin, stdout, stderr } = child;
  const written = { stdout: '', stderr: '' };
  stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text));
  stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text));
  // The process may end without reading its input.
  stdin.on('error', () => undefined);
  stdin.end(options.input);
  const done = new Promise<ScalectlResult>((resolve, reject) => {
    const timeoutMs = options.timeoutMs ?? 60_000;
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      const { stdout: out, stderr: err } = written;
      reject(new Error(`scalectl ${args.join(' ')} took over ${timeoutMs} ms:\n${out}\n${err}`));
    }, timeoutMs);
    child.once('error', reject);
    child.once('close', (exitCode, signal) => {
      clearTimeout(timer);
      const durationMs = performance.now() - started;
      resolve({ exitCode, signal, ...written, json: parseEnvelope(written.stdout), durationMs });
    });
  });
  // A test that waits for a text first handles the rejection later.
  done.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    child,
    output: () => ({ ...written }),
    waitFor: (text) => waitForText(child, written, text),
    kill: (signal) => void child.kill(signal),
    done,
  };
}

function waitForText(
  child: ChildProcess,
  written: { stdout: string; stderr: string },
  text: string | RegExp,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const all = `${written.stdout}\n${written.stderr}`;
      if (typeof text === 'string' ? all.includes(text) : text.test(all)) resolve();
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('close', () => {
      look();
      reject(
        new Error(`scalectl ended without ${String(text)}:\n${written.stdout}\n${written.stderr}`),
      );
    });
    look();
  });
}

function parseEnvelope(stdout: string): Envelope | null {
  try {
    return JSON.parse(stdout) as Envelope;
  } catch {
    // Text output, or several objects.
    return null;
  }
}

let home: Promise<string> | null = null;

/** One for a test file; it holds `work`, an empty folder to run in. */
function cleanHome(): Promise<string> {
  home ??= makeHome();
  return home;
}

async function makeHome(): Promise<string> {
  const { mkdir, realpath } = await import('node:fs/promises');
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'home-')));
  await mkdir(path.join(folder, 'work'));
  atEndOfFile(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Nothing of the user's own settings, but the cache folder with the servers' programs. */
function cleanEnvironment(homeFolder: string): NodeJS.ProcessEnv {
  const kept = ['PATH', 'Path', 'SystemRoot', 'SystemDrive', 'TMPDIR', 'TEMP', 'TMP', runMarker];
  return {
    ...Object.fromEntries(
      kept
        .filter((name) => process.env[name] !== undefined)
        .map((name) => [name, process.env[name]]),
    ),
    HOME: homeFolder,
    USERPROFILE: homeFolder,
    APPDATA: path.join(homeFolder, 'AppData', 'Roaming'),
    LOCALAPPDATA: path.join(homeFolder, 'AppData', 'Local'),
    XDG_CONFIG_HOME: path.join(homeFolder, '.config'),
    XDG_DATA_HOME: path.join(homeFolder, '.local', 'share'),
    XDG_STATE_HOME: path.join(homeFolder, '.local', 'state'),
    XDG_CACHE_HOME: path.dirname(cacheFolder()),
  };
}
