import { spawn } from 'node:child_process';
import { ScalectlError } from '../errors.ts';

export interface ProgramResult {
  exitCode: number;
  stdout: Buffer;
  /** Trimmed. */
  stderr: string;
}

/**
 * Runs a program of the operating system to its end, with messages in English. Null when there is no such program.
 * @throws ScalectlError `operation-failed` when it does not end in time or cannot be started
 */
export async function runProgram(
  command: readonly string[],
  options: { signal?: AbortSignal; input?: Buffer; timeoutMs?: number } = {},
): Promise<ProgramResult | null> {
  const [program = '', ...words] = command;
  const timeoutMs = options.timeoutMs ?? 15_000;
  const child = spawn(program, words, {
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
    env: { ...process.env, LC_ALL: 'C', LANGUAGE: 'C' },
    ...(options.signal ? { signal: options.signal } : {}),
  });
  // Not spawn's own timeout: where there is no such program, its timer would hold up the end of the process.
  const timer = setTimeout(() => child.kill(), timeoutMs);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that ends without reading its input closes the pipe; its exit code tells the story.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? Buffer.alloc(0));
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code === 'ENOENT') resolve(null);
      else if (options.signal?.aborted) {
        reject(new ScalectlError('interrupted', `${program} was stopped`, { cause: error }));
      } else reject(notRunning(program, error.message, error));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === null) {
        const what =
          signal === 'SIGTERM' ? `did not end within ${timeoutMs / 1000} s` : 'was ended';
        reject(notRunning(program, what));
        return;
      }
      resolve({
        exitCode: code,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString('utf8').trim(),
      });
    });
  });
}

function notRunning(program: string, reason: string, cause?: unknown): ScalectlError {
  return new ScalectlError('operation-failed', `${program}: ${reason}`, {
    hint: `Try ${program} by hand.`,
    cause,
  });
}
