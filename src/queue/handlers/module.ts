import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { formatDuration } from '../../config/quantity.ts';
import { failed, failedForGood, later } from './attempt.ts';
import type { Attempt, Handler, RunnableJob } from './handler.ts';
import { jobFacts } from './job-input.ts';
import type { JobFacts } from './job-input.ts';
import { OutputTail } from './output-tail.ts';

export interface ModuleHandlerOptions {
  /** The file of the module, from `folder`. */
  file: string;
  folder: string;
  timeoutMs: number;
  outputBytes: number;
}

/** What the function of a module gets as its first argument. */
export interface ModuleJob extends JobFacts {
  data: unknown;
  /** The data as they were put in, to the last digit. */
  dataText: string;
}

/** What it gets as its second. */
export interface ModuleContext {
  /** Aborted at the timeout and when the run is stopped. */
  signal: AbortSignal;
  /** Notes how far the job is: shown with its error. */
  progress: (text: string) => void;
  /** To be thrown: the job comes again later, and no attempt is charged. */
  later: (message: string, afterMs?: number) => Error;
  /** To be thrown: the job goes to the dead letters at once. */
  giveUp: (message: string) => Error;
}

type Work = (job: ModuleJob, context: ModuleContext) => unknown;

/** How long a function may take to come to its end once its signal is aborted. */
const abortGraceMs = 2000;

class AskedForLater extends Error {
  readonly afterMs: number | null;

  constructor(message: string, afterMs: number | null) {
    super(message);
    this.afterMs = afterMs;
  }
}

class GivenUp extends Error {}

/**
 * A handler that is an ES module with a function as its default export, loaded once. It runs in this process: it
 * must not compute for long without an `await`, for the lease of all jobs depends on it. A function that does not
 * end after its signal is left behind.
 */
export function createModuleHandler(options: ModuleHandlerOptions): Handler {
  let loading: Promise<Work> | null = null;
  return {
    run: async (job, signal) => {
      if (signal.aborted) return { kind: 'aborted' };
      let work: Work;
      try {
        work = await (loading ??= load(options));
      } catch (error) {
        // Read anew for the next job: what it needs may be there then.
        loading = null;
        return failed('not-started', `${options.file} cannot be used: ${messageOf(error)}`, null);
      }
      return runWork(work, options, job, signal);
    },
  };
}

async function load({ file, folder }: ModuleHandlerOptions): Promise<Work> {
  const module = (await import(pathToFileURL(path.resolve(folder, file)).href)) as {
    default?: unknown;
  };
  if (typeof module.default === 'function') return module.default as Work;
  throw new Error('its default export is no function');
}

async function runWork(
  work: Work,
  { timeoutMs, outputBytes }: ModuleHandlerOptions,
  job: RunnableJob,
  signal: AbortSignal,
): Promise<Attempt> {
  const abort = new AbortController();
  const noted = new OutputTail(outputBytes);
  const context: ModuleContext = {
    signal: abort.signal,
    progress: (text) => noted.add(Buffer.from(`${text}\n`)),
    later: (message, afterMs) => new AskedForLater(message, afterMs ?? null),
    giveUp: (message) => new GivenUp(message),
  };
  const settled = callWork(work, job, context, noted, outputBytes);
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const stopped = new Promise<'timeout' | 'aborted'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), timeoutMs);
    onAbort = () => resolve('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    const first = await Promise.race([settled, stopped]);
    if (typeof first !== 'string') return first;
    const limit = formatDuration(timeoutMs);
    abort.abort(new Error(first === 'timeout' ? `it took longer than ${limit}` : 'the run stops'));
    await Promise.race([settled, sleep(abortGraceMs, undefined, { ref: false })]);
    if (first === 'aborted') return { kind: 'aborted' };
    return failed('timeout', `it took longer than ${limit} and was ended`, noted.text());
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Never rejects. */
async function callWork(
  work: Work,
  job: RunnableJob,
  context: ModuleContext,
  noted: OutputTail,
  outputBytes: number,
): Promise<Attempt> {
  try {
    const data: unknown = JSON.parse(job.data);
    const result = await work({ ...jobFacts(job), data, dataText: job.data }, context);
    return { kind: 'done', result: resultText(result, outputBytes) };
  } catch (error) {
    if (error instanceof AskedForLater) return later(error.message, noted.text(), error.afterMs);
    if (error instanceof GivenUp) return failedForGood('error', error.message, noted.text());
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    noted.add(Buffer.from(stack));
    return failed('error', messageOf(error), noted.text());
  }
}

function resultText(result: unknown, outputBytes: number): string | null {
  if (result === undefined || result === null) return null;
  const text = typeof result === 'string' ? result : asJson(result);
  const tail = new OutputTail(outputBytes);
  tail.add(Buffer.from(text));
  return tail.text();
}

/** The work is done, whatever it returns: what JSON does not know (a cycle, a BigInt) is no failure. */
function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
