import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../../config/quantity.ts';
import { priorityLabel } from '../job.ts';
import type { Failure, FailureReason } from '../job.ts';
import { childEnvironment } from './child-environment.ts';
import type { Attempt, Handler, RunnableJob } from './handler.ts';
import { OutputTail } from './output-tail.ts';
import { forgetProcessGroup, signalProcessGroup, watchProcessGroup } from './process-group.ts';

export interface CommandHandlerOptions {
  /** Program and arguments: run as they stand, never through a shell. */
  command: readonly string[];
  folder: string;
  timeoutMs: number;
  /** How much of the end of each of its two outputs is kept. */
  outputBytes: number;
}

/** EX_TEMPFAIL of sysexits(3): try again later. */
const laterExitCode = 75;

/** Between asking a handler to end and ending it. */
const killGraceMs = 2000;

/** What it started may still hold its outputs open after it has ended: nobody waits for them longer than this. */
const outputGraceMs = 250;

/**
 * A handler that is a program: the job comes as JSON on its standard input; it ends with 0 (done, its standard output
 * is the result), 75 (later) or another code (failed, its standard error is the error).
 */
export function createCommandHandler(options: CommandHandlerOptions): Handler {
  let environment: NodeJS.ProcessEnv | null = null;
  return {
    run: (job, signal) => {
      environment ??= childEnvironment(process.env);
      return runCommand(options, environment, job, signal);
    },
  };
}

/** The text that a handler reads. `data` is the text that was put in, not a new rendering of it. */
export function jobInput(job: RunnableJob): string {
  const facts = {
    id: job.id,
    type: job.type,
    attempt: job.attempts + 1,
    maxAttempts: job.maxAttempts,
    priority: priorityLabel(job.priority),
    createdAt: job.createdAt.toISOString(),
  };
  return `${JSON.stringify(facts).slice(0, -1)},"data":${job.data}}\n`;
}

async function runCommand(
  options: CommandHandlerOptions,
  environment: NodeJS.ProcessEnv,
  job: RunnableJob,
  signal: AbortSignal,
): Promise<Attempt> {
  if (signal.aborted) return { kind: 'aborted' };
  const [program = '', ...args] = options.command;
  const child: ChildProcess = spawn(program, args, {
    cwd: options.folder,
    env: environment,
    // A group of its own: Ctrl-C in the terminal reaches scalectl alone, and a timeout reaches all that it started.
    detached: process.platform !== 'win32',
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const ended = endOf(child);
  const output = new OutputTail(options.outputBytes);
  const errors = new OutputTail(options.outputBytes);
  // There are no streams when this process has no file descriptors left for them.
  child.stdout?.on('data', (chunk: Buffer) => output.add(chunk));
  child.stderr?.on('data', (chunk: Buffer) => errors.add(chunk));
  // A handler may end without reading its input.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(jobInput(job));

  const why = await watch(child, ended, options.timeoutMs, signal);
  const end = await ended;
  if (why === 'aborted') return { kind: 'aborted' };
  const written = errors.text() ?? output.text();
  if (why === 'timeout') {
    const limit = formatDuration(options.timeoutMs);
    return failed('timeout', `it took longer than ${limit} and was ended`, written);
  }
  if (end.notStarted) {
    const message = `${program} cannot be started: ${end.notStarted.reason}`;
    return end.notStarted.mayPass
      ? { kind: 'later', failure: failure('postponed', message, null) }
      : failed('not-started', message, null);
  }
  if (end.signal) return failed('signal', `it was ended by ${end.signal}`, written);
  if (end.code === 0) return { kind: 'done', result: output.text() };
  const message = `it ended with exit code ${end.code}`;
  return end.code === laterExitCode
    ? { kind: 'later', failure: failure('postponed', message, written) }
    : failed('exit-code', message, written);
}

interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Whether it may pass: the machine has no room for another process now, which is not the job's fault. */
  notStarted: { reason: string; mayPass: boolean } | null;
}

/** Too many processes, too many open files here or on the whole machine, too little memory. */
const passing = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** Resolves when the program has ended and its outputs are read, as far as they come in time. */
function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      // Also reported for a failed kill: a child that runs ends by itself, with an 'exit'.
      if (child.pid !== undefined) return;
      const reason = error.code === 'ENOENT' ? 'there is no such program or folder' : error.message;
      const mayPass = passing.has(error.code ?? '');
      resolve({ code: null, signal: null, notStarted: { reason, mayPass } });
    });
    child.once('exit', (code, signal) => {
      const end = { code, signal, notStarted: null };
      const timer = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve(end);
      }, outputGraceMs);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(end);
      });
    });
  });
}

/** Ends the group at the timeout and at an abort. */
async function watch(
  child: ChildProcess,
  ended: Promise<End>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<'ended' | 'timeout' | 'aborted'> {
  const { pid } = child;
  if (pid === undefined) return 'ended';
  watchProcessGroup(pid);
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const stopped = new Promise<'timeout' | 'aborted'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), timeoutMs);
    onAbort = () => resolve('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    const why = await Promise.race([ended.then(() => 'ended' as const), stopped]);
    if (why !== 'ended') await endGroup(pid, ended);
    return why;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    forgetProcessGroup(pid);
  }
}

async function endGroup(pid: number, ended: Promise<End>): Promise<void> {
  signalProcessGroup(pid, 'SIGTERM');
  await Promise.race([ended, sleep(killGraceMs, undefined, { ref: false })]);
  // Also when the program has ended: what it started may have ignored the first signal.
  signalProcessGroup(pid, 'SIGKILL');
}

function failed(reason: FailureReason, message: string, output: string | null): Attempt {
  return { kind: 'failed', failure: failure(reason, message, output) };
}

function failure(reason: FailureReason, message: string, output: string | null): Failure {
  return { reason, message, output };
}
