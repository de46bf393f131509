import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { ScalectlError } from '../errors.ts';

export interface ChildEnd {
  /** Null when a signal ended it. */
  exitCode: number | null;
  endSignal: string | null;
  /** `limit`: it took longer than allowed. `interrupted`: somebody stopped it. */
  stoppedBy: 'limit' | 'interrupted' | null;
}

export interface ChildOptions {
  workingDirectory: string;
  environment: NodeJS.ProcessEnv;
  timeLimitMs: number;
  stopGraceMs: number;
  signal: AbortSignal;
  onOutput: (chunk: Buffer) => void;
  onStop: (reason: 'limit' | 'interrupted') => void;
}

/** A grandchild that keeps the output open must not keep the run going: so long we wait for its last words. */
const lastWordsMs = 2000;

/**
 * Runs a command to its end. At the time limit, or when the signal is aborted, it is asked to end (SIGTERM: drain) and
 * killed with all its children when it does not.
 */
export async function runChild(
  command: readonly string[],
  options: ChildOptions,
): Promise<ChildEnd> {
  const [program = '', ...words] = command;
  const child = spawn(program, words, {
    cwd: options.workingDirectory,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    // A group of its own: Ctrl-C reaches the child once, through us, and a kill reaches its children too.
    detached: process.platform !== 'win32',
  });
  child.stdout.on('data', options.onOutput);
  child.stderr.on('data', options.onOutput);
  let stoppedBy: ChildEnd['stoppedBy'] = null;
  let killer: NodeJS.Timeout | undefined;
  const stop = (reason: 'limit' | 'interrupted'): void => {
    if (stoppedBy !== null) return;
    stoppedBy = reason;
    options.onStop(reason);
    child.kill('SIGTERM');
    killer = setTimeout(() => killGroup(child), options.stopGraceMs);
  };
  const interrupt = (): void => stop('interrupted');
  const killNow = (): void => killGroup(child);
  const limit = setTimeout(() => stop('limit'), options.timeLimitMs);
  process.once('exit', killNow);
  options.signal.addEventListener('abort', interrupt, { once: true });
  if (options.signal.aborted) interrupt();
  try {
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const [exitCode, endSignal] = (await once(child, 'exit')) as [number | null, string | null];
    await Promise.race([closed, pause(lastWordsMs)]);
    return { exitCode, endSignal, stoppedBy };
  } catch (error) {
    throw new ScalectlError(
      'operation-failed',
      `${program} cannot be run: ${(error as Error).message}`,
      {
        hint: `Try it by hand: ${command.join(' ')}`,
        cause: error,
      },
    );
  } finally {
    clearTimeout(limit);
    clearTimeout(killer);
    process.off('exit', killNow);
    options.signal.removeEventListener('abort', interrupt);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (process.platform === 'win32') {
    child.kill('SIGKILL');
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // The group ended between our look and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, durationMs).unref());
}
