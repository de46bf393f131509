import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { formatDuration } from '../../config/quantity.ts';
import { failed, later } from './attempt.ts';
import { childEnvironment } from './child-environment.ts';
import { endOf } from './child-end.ts';
import type { ChildEnd } from './child-end.ts';
import type { Attempt, Handler, RunnableJob } from './handler.ts';
import { jobInput } from './job-input.ts';
import { OutputTail } from './output-tail.ts';
import { endProcessGroup, forgetProcessGroup, watchProcessGroup } from './process-group.ts';

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
    return end.notStarted.mayPass ? later(message, null) : failed('not-started', message, null);
  }
  if (end.signal) return failed('signal', `it was ended by ${end.signal}`, written);
  if (end.code === 0) return { kind: 'done', result: output.text() };
  const message = `it ended with exit code ${end.code}`;
  return end.code === laterExitCode
    ? later(message, written)
    : failed('exit-code', message, written);
}

/** Ends the group at the timeout and at an abort. */
async function watch(
  child: ChildProcess,
  ended: Promise<ChildEnd>,
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
    if (why !== 'ended') await endProcessGroup(pid, ended);
    return why;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    forgetProcessGroup(pid);
  }
}
