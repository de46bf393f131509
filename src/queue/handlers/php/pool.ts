import process from 'node:process';
import { installedPrograms } from '../../../sandbox/programs.mjs';
import { childEnvironment } from '../child-environment.ts';
import type { Handler } from '../handler.ts';
import { PhpProcess } from './process.ts';
import type { PhpHandlerOptions } from './process.ts';

export interface PhpPoolOptions {
  /** PHP and its arguments. */
  program: readonly string[];
  /** Where the processes run. */
  folder: string;
  /** Jobs at once. */
  concurrency: number;
}

/**
 * The PHP processes of one run, for all its handler files together. A process is started when a job needs one, runs
 * one job at a time, and waits for the next job of its file; where another file needs its place, it ends. No more of
 * them run than jobs do.
 */
export class PhpPool implements AsyncDisposable {
  readonly #options: PhpPoolOptions;
  readonly #living = new Set<PhpProcess>();
  #handlers = 0;
  /** The one used last at the end: it is warm, and those at the start may go. */
  #idle: PhpProcess[] = [];
  #program: readonly string[] | null = null;
  #environment: NodeJS.ProcessEnv | null = null;

  constructor(options: PhpPoolOptions) {
    this.#options = options;
  }

  /** Processes that are there, idle ones included. */
  get size(): number {
    return this.#living.size;
  }

  handlerOf(options: PhpHandlerOptions): Handler {
    this.#handlers += 1;
    return {
      run: async (job, signal) => {
        const one = await this.#take(options);
        const attempt = await one.run(job, signal);
        if (one.isUsable) this.#idle.push(one);
        return attempt;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#idle = [];
    await Promise.all([...this.#living].map((one) => one.end()));
  }

  async #take(handler: PhpHandlerOptions): Promise<PhpProcess> {
    this.#idle = this.#idle.filter(({ isUsable }) => isUsable);
    const at = this.#idle.findLastIndex((one) => one.handler === handler);
    const [waiting] = at === -1 ? [] : this.#idle.splice(at, 1);
    if (waiting) return waiting;
    // What runs has a place each, so that a full house has an idle one, which is another file's.
    if (this.#living.size >= this.#places()) await this.#idle.shift()?.end();
    return this.#start(handler);
  }

  /**
   * Places for all jobs at once to be of one file, and for one process of each other file to wait: with fewer, a
   * queue of mixed jobs would spend its time on starting PHP.
   */
  #places(): number {
    return this.#options.concurrency + Math.max(0, this.#handlers - 1);
  }

  #start(handler: PhpHandlerOptions): PhpProcess {
    const { program, folder } = this.#options;
    this.#program ??= findPhp(program);
    this.#environment ??= childEnvironment(process.env);
    const started = new PhpProcess({
      program: this.#program,
      folder,
      environment: this.#environment,
      handler,
    });
    this.#living.add(started);
    void started.ended.then(() => this.#living.delete(started));
    return started;
  }
}

/** A bare name is looked for on PATH, which cron keeps short, and in the usual places, XAMPP's too. */
function findPhp(program: readonly string[]): readonly string[] {
  const [name = '', ...args] = program;
  if (/[\\/]/.test(name)) return program;
  return [installedPrograms(name, [name])[0]?.command ?? name, ...args];
}
