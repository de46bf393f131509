import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import { atEndOfFile } from './cleanups.ts';

const root = path.join(import.meta.dirname, '../..');

/** Programs in test/support/programs that run a part of the queue in a process of its own. */
export type QueueProgram = 'import-jobs' | 'work';

/** A program that is killed and started anew. Each line that it writes is told to `onLine`. */
export interface Child {
  readonly pid: number;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  kill(signal?: NodeJS.Signals): void;
}

/**
 * Bundles a program with the engine's source, so that plain Node runs it. The queue's tables have to be there already.
 * @returns the file to start
 */
export async function bundleProgram(program: QueueProgram, folder: string): Promise<string> {
  const file = path.join(folder, `${program}.mjs`);
  await build({
    absWorkingDir: root,
    entryPoints: [`test/support/programs/${program}.ts`],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
    // Its CommonJS form (UMD) hides its own requires from every bundler.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  return file;
}

/** Starts a bundled program with one argument, its options as JSON. What is left of it ends with the test file. */
export function startProgram(
  file: string,
  options: object,
  onLine: (line: string) => void = () => undefined,
): Child {
  const child: ChildProcess = spawn(process.execPath, [file, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  const ended = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  atEndOfFile(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (signal = 'SIGKILL') => void child.kill(signal),
  };
}
