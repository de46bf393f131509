import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

import { ScalectlError } from '../../errors.ts';
import type { Program } from '../programs.mjs';
import { noteServer } from './folder.ts';
import { findFreePort } from './free-port.ts';
import { endProcess } from './processes.ts';
import type { Sandbox } from './sandbox.ts';

/** A private server that is ready. Its sandbox folder and its process go away with it. */
export interface SandboxServerHandle extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Of the process that runs now: another one after restart(). */
  readonly pid: number;
  readonly program: Program;
  /** Ends the server at once and removes its folder. A second call does nothing. */
  stop(): Promise<void>;
  /** Lets it outlive this process, until `stopKeptSandboxes`. */
  keep(): Promise<void>;
  /** Ends the process as `kill -9` would (or with another signal) and keeps the data, for restart(). */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and data, ending it in good order first when it still runs. */
  restart(options?: { signal?: AbortSignal }): Promise<void>;
}

export interface ServerPlan {
  /** For messages: `MariaDB 10.11.19`. */
  label: string;
  program: Program;
  /** Its folder holds the server's data and log; removed at the end. */
  sandbox: Sandbox;
  /** Fixed port; otherwise a free one is chosen. */
  port: number | null;
  /** Writes whatever configuration the server reads and returns its arguments. */
  prepare(port: number): Promise<string[]>;
  /** Whether the server that listens on `port` is ready and is ours; `log` is what it wrote since its start. */
  isReady(port: number, log: string): Promise<boolean>;
  readyTimeoutMs: number;
  signal: AbortSignal | null;
}

const portTaken =
  /address already in use|could not create server tcp listening socket|bind on tcp\/ip port/i;

/** Starts a server and waits until it is ready; on any failure nothing of it is left. */
export async function startSandboxServer(plan: ServerPlan): Promise<SandboxServerHandle> {
  try {
    return handleOf(plan, await launchOnFreePort(plan));
  } catch (error) {
    await plan.sandbox.remove();
    throw error;
  }
}

function handleOf(plan: ServerPlan, port: number): SandboxServerHandle {
  const { sandbox } = plan;
  let lastPid = sandbox.serverPid ?? 0;
  const stop = (): Promise<void> => sandbox.remove();
  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (sandbox.serverPid !== null) await endProcess(sandbox.serverPid, signal);
    sandbox.serverPid = null;
  };
  return {
    host: '127.0.0.1',
    port,
    program: plan.program,
    get pid() {
      return sandbox.serverPid ?? lastPid;
    },
    stop,
    keep: () => sandbox.keep(),
    kill,
    restart: async ({ signal } = {}) => {
      await kill('SIGTERM');
      await launch({ ...plan, signal: signal ?? null }, port);
      lastPid = sandbox.serverPid ?? lastPid;
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** @throws ScalectlError `interrupted` */
export function stopWhenAborted(signal: AbortSignal | null): void {
  if (!signal?.aborted) return;
  throw new ScalectlError('interrupted', 'Stopped while a private server was starting.', {
    hint: 'Nothing of it is left.',
    cause: signal.reason,
  });
}

/** Somebody else may take a free port before the server does: then another one is tried. */
async function launchOnFreePort(plan: ServerPlan): Promise<number> {
  if (plan.port !== null) {
    await launch(plan, plan.port);
    return plan.port;
  }
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    try {
      await launch(plan, port);
      return port;
    } catch (error) {
      if (attempt === 3 || !(error instanceof Error) || !portTaken.test(error.message)) throw error;
    }
  }
}

async function launch(plan: ServerPlan, port: number): Promise<void> {
  stopWhenAborted(plan.signal);
  const programArguments = await plan.prepare(port);
  const logFile = path.join(plan.sandbox.folder, 'server.log');
  const log = await open(logFile, 'a', 0o600);
  try {
    const logStart = (await log.stat()).size;
    const child = spawn(plan.program.command, [...plan.program.args, ...programArguments], {
      cwd: plan.sandbox.folder,
      // A process group of its own: Ctrl-C in the terminal must reach scalectl alone, which then ends it.
      detached: process.platform !== 'win32',
      env: serverEnvironment(plan),
      stdio: ['ignore', log.fd, log.fd],
      windowsHide: true,
    });
    const exit = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code ?? 'unknown'}`));
    });
    child.unref();
    if (child.pid !== undefined) {
      plan.sandbox.serverPid = child.pid;
      // Once it has ended, its number may be given to a process that is not ours.
      child.once('exit', () => {
        if (plan.sandbox.serverPid === child.pid) plan.sandbox.serverPid = null;
      });
      await noteServer(plan.sandbox.folder, child.pid);
    }
    await waitUntilReady(plan, port, exit, async () => (await readLog(logFile)).slice(logStart));
  } catch (error) {
    if (plan.sandbox.serverPid !== null) await endProcess(plan.sandbox.serverPid, 'SIGKILL');
    plan.sandbox.serverPid = null;
    throw error;
  } finally {
    await log.close();
  }
}

async function waitUntilReady(
  plan: ServerPlan,
  port: number,
  exit: Promise<string>,
  readNewLog: () => Promise<string>,
): Promise<void> {
  let ended: string | null = null;
  void exit.then((how) => (ended = how));
  const deadline = Date.now() + plan.readyTimeoutMs;
  for (;;) {
    stopWhenAborted(plan.signal);
    const log = await readNewLog();
    if (ended !== null) throw notStarted(plan, `it ended with ${String(ended)}`, log);
    if (await plan.isReady(port, log)) return;
    if (Date.now() > deadline) {
      throw notStarted(plan, `it was not ready within ${plan.readyTimeoutMs / 1000} s`, log);
    }
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

function notStarted(plan: ServerPlan, reason: string, log: string): ScalectlError {
  const tail = log.trim().split('\n').slice(-12).join('\n') || '(its log is empty)';
  return new ScalectlError(
    'operation-failed',
    `The private ${plan.label} did not start: ${reason}. The end of its log:\n${tail}`,
    {
      hint: `The program was ${plan.program.command}; free disk space and memory are the usual causes.`,
    },
  );
}

/** Few variables, so that neither a my.cnf nor a MYSQL_… of the user's reaches a private server. */
function serverEnvironment(plan: ServerPlan): NodeJS.ProcessEnv {
  const kept = ['PATH', 'Path', 'SystemRoot', 'SystemDrive', 'TZ'].map(
    (name) => [name, process.env[name]] as const,
  );
  return {
    ...Object.fromEntries(kept.filter(([, value]) => value !== undefined)),
    LC_ALL: 'C',
    HOME: plan.sandbox.folder,
    ...(process.platform === 'win32'
      ? { TEMP: plan.sandbox.folder, TMP: plan.sandbox.folder }
      : { TMPDIR: plan.sandbox.folder }),
    ...plan.program.env,
  };
}

async function readLog(file: string): Promise<string> {
  return readFile(file, 'latin1');
}
