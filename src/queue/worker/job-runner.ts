import { setMaxListeners } from 'node:events';
import type { Attempt, FindHandler } from '../handlers/handler.ts';
import type { ClaimedJob, Failure, JobId, Settlement } from '../job.ts';
import { retryDelayMs } from '../retry-policy.ts';
import type { RetryPolicy } from '../retry-policy.ts';
import { nextMean } from './batch-size.ts';

/** A handler that asks for a later run may err in the unit: nothing waits longer than this. */
const longestPostponementMs = 30 * 86_400_000;

export interface JobRunnerOptions {
  concurrency: number;
  findHandler: FindHandler;
  policy: RetryPolicy;
  /** Reads data that was too large to come with the claim. */
  readData: (id: JobId) => Promise<string>;
  /** Called when a job has ended: something is to be settled, and a place is free. */
  onChange: () => void;
}

/** The jobs that a worker holds: those that wait for a place, those that run, those whose outcome is not written yet. */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  #waiting: ClaimedJob[] = [];
  #running = new Set<ClaimedJob>();
  #settled: Settlement[] = [];
  #abort = createAbort();
  #meanMs: number | null = null;
  #firstSettledAt: number | null = null;
  #lastMoveAt = 0;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Waiting and running. */
  get held(): number {
    return this.#waiting.length + this.#running.size;
  }

  get settled(): number {
    return this.#settled.length;
  }

  /** When the first of the outcomes came that are not written yet, by performance.now(). */
  get firstSettledAt(): number | null {
    return this.#firstSettledAt;
  }

  get meanMs(): number | null {
    return this.#meanMs;
  }

  accept(jobs: readonly ClaimedJob[]): void {
    if (this.#waiting.length === 0) this.#lastMoveAt = performance.now();
    this.#waiting.push(...jobs);
    this.#startWaiting();
  }

  takeSettled(): Settlement[] {
    const taken = this.#settled;
    this.#settled = [];
    this.#firstSettledAt = null;
    return taken;
  }

  /** Gives back what has not started. */
  releaseWaiting(): void {
    for (const job of this.#waiting) this.#settle({ job, kind: 'released' });
    this.#waiting = [];
  }

  /** For how long jobs have waited in this worker while not one place became free. */
  stuckForMs(now: number): number {
    return this.#waiting.length === 0 ? 0 : now - this.#lastMoveAt;
  }

  /** What runs is so slow that what waits should not wait here. */
  noteSlow(runMs: number): void {
    this.#meanMs = Math.max(this.#meanMs ?? 0, runMs);
  }

  /** Ends what runs; each such job is released once it has ended. */
  abortRunning(): void {
    this.#abort.abort();
    this.#abort = createAbort();
  }

  /** Forgets everything that is not running: the jobs belong to others now. */
  discard(): void {
    this.#waiting = [];
    this.takeSettled();
  }

  #startWaiting(): void {
    let started = 0;
    while (this.#running.size < this.#options.concurrency) {
      const job = this.#waiting[started];
      if (!job) break;
      started += 1;
      this.#start(job);
    }
    if (started > 0) this.#waiting.splice(0, started);
  }

  #start(job: ClaimedJob): void {
    const handler = this.#options.findHandler(job.type);
    if (!handler) {
      const message = `queue.handlers has no handler for the type ${job.type}`;
      this.#settle({ job, kind: 'dead', failure: failure('no-handler', message) });
      return;
    }
    const { signal } = this.#abort;
    const startedAt = performance.now();
    const run = (data: string): Promise<Attempt> | Attempt => {
      const problem = findDataProblem(data);
      if (problem !== null) return { kind: 'failed', failure: failure('data-invalid', problem) };
      const maxAttempts = job.maxAttempts ?? this.#options.policy.maxAttemptsOf(job.type);
      return handler.run({ ...job, data, maxAttempts }, signal);
    };
    this.#running.add(job);
    const attempt =
      job.data === null
        ? this.#options.readData(job.id).then(run, asUnread)
        : callSafely(() => run(job.data ?? ''));
    if (attempt instanceof Promise) {
      void attempt.catch(asFailedAttempt).then((end) => {
        this.#end(job, end, performance.now() - startedAt);
        this.#startWaiting();
        this.#options.onChange();
      });
    } else this.#end(job, attempt, performance.now() - startedAt);
  }

  #end(job: ClaimedJob, attempt: Attempt, runMs: number): void {
    this.#running.delete(job);
    this.#lastMoveAt = performance.now();
    if (attempt.kind !== 'aborted') this.#meanMs = nextMean(this.#meanMs, runMs);
    this.#settle(this.#settlementOf(job, attempt, runMs));
  }

  #settlementOf(job: ClaimedJob, attempt: Attempt, runMs: number): Settlement {
    const { policy } = this.#options;
    switch (attempt.kind) {
      case 'done':
        return { job, kind: 'completed', runMs, result: attempt.result };
      case 'aborted':
        return { job, kind: 'released' };
      case 'later': {
        const delayMs =
          attempt.afterMs === undefined
            ? retryDelayMs(policy, job.postponements + 1)
            : Math.min(attempt.afterMs, longestPostponementMs);
        return { job, kind: 'retried', isCharged: false, delayMs, failure: attempt.failure };
      }
      case 'failed': {
        const attempts = job.attempts + 1;
        const isLast =
          attempt.isFinal === true ||
          attempt.failure.reason === 'data-invalid' ||
          attempts >= (job.maxAttempts ?? policy.maxAttemptsOf(job.type));
        if (isLast) return { job, kind: 'dead', failure: attempt.failure };
        const delayMs = retryDelayMs(policy, attempts);
        return { job, kind: 'retried', isCharged: true, delayMs, failure: attempt.failure };
      }
    }
  }

  #settle(settlement: Settlement): void {
    this.#settled.push(settlement);
    this.#firstSettledAt ??= performance.now();
  }
}

function createAbort(): AbortController {
  const abort = new AbortController();
  // One listener a running job: many are no leak here.
  setMaxListeners(0, abort.signal);
  return abort;
}

function callSafely(run: () => Promise<Attempt> | Attempt): Promise<Attempt> | Attempt {
  try {
    return run();
  } catch (error) {
    return asFailedAttempt(error);
  }
}

/** Not the job's fault: it comes again, uncharged. */
function asUnread(error: unknown): Attempt {
  const message = error instanceof Error ? error.message : String(error);
  return {
    kind: 'later',
    failure: failure('postponed', `its data could not be read: ${message}`),
  };
}

function asFailedAttempt(error: unknown): Attempt {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'failed', failure: failure('error', message) };
}

function findDataProblem(data: string): string | null {
  try {
    JSON.parse(data);
    return null;
  } catch {
    // The parser's own message repeats a part of the data, which may be secret.
    return 'the data of the job is not JSON';
  }
}

function failure(reason: Failure['reason'], message: string): Failure {
  return { reason, message, output: null };
}
