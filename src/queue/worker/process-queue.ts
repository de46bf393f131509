import type { Settlement } from '../job.ts';
import { LeaseLost } from '../store.ts';
import type { Claim, Want, WorkerSession } from '../store.ts';
import { Alarm } from './alarm.ts';
import { ClaimPace } from './claim-pace.ts';
import { JobRunner } from './job-runner.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { ProcessCounts, ProcessOptions, ProcessResult } from './process-options.ts';

/** An outcome is written at the latest after this time, so that a crash repeats little. */
const flushMs = 50;
const mostUnwritten = 500;
/** Jobs that wait in a worker for this long without one getting its turn go back, for other workers. */
const stuckMs = 1000;
const tidyEveryMs = 3_600_000;
const progressEveryMs = 200;

/**
 * Runs jobs until none is due (or, watching, until stopped), and writes down what becomes of each. A job runs at
 * least once: after a crash, or when its lease was lost, it runs again.
 * @throws ScalectlError when the store cannot be reached for longer than a minute
 */
export async function processQueue(options: ProcessOptions): Promise<ProcessResult> {
  const startedAt = performance.now();
  const run = new QueueRun(options, startedAt);
  const counts = await run.toEnd();
  const durationMs = performance.now() - startedAt;
  const { pending } = await options.store.stats();
  return {
    ...counts,
    remaining: pending,
    durationMs: Math.round(durationMs),
    jobsPerSecond: Math.round((counts.processed * 100_000) / durationMs) / 100,
  };
}

class QueueRun {
  readonly #options: ProcessOptions;
  readonly #deadline: number;
  readonly #alarm = new Alarm();
  readonly #pace: ClaimPace;
  readonly #runner: JobRunner;
  readonly #counts: ProcessCounts = {
    processed: 0,
    completed: 0,
    failed: 0,
    retried: 0,
    deadLettered: 0,
  };
  #session: WorkerSession | null = null;
  #lease: LeaseKeeper | null = null;
  /** Jobs went back into the queue without a claim after it. */
  #hasPutBack = false;
  #tidiedAt = -Infinity;
  #progressAt = 0;

  constructor(options: ProcessOptions, startedAt: number) {
    this.#options = options;
    this.#deadline = options.maxTimeMs === undefined ? Infinity : startedAt + options.maxTimeMs;
    this.#pace = new ClaimPace(options);
    this.#runner = new JobRunner({
      concurrency: options.concurrency,
      findHandler: options.findHandler,
      policy: options.policy,
      readData: (id) => this.#worker().readData(id),
      onChange: () => this.#alarm.ring(),
    });
  }

  async toEnd(): Promise<ProcessCounts> {
    const ring = (): void => this.#alarm.ring();
    this.#options.signal?.addEventListener('abort', ring, { once: true });
    try {
      await this.#open();
      await using _bell = await this.#options.listen?.(() => {
        this.#pace.noteRing();
        this.#alarm.ring();
      });
      await this.#work();
      await this.#drain();
      if (!this.#isStopped()) await this.#tidy();
      return this.#counts;
    } catch (error) {
      await this.#endRunning();
      throw error;
    } finally {
      this.#options.signal?.removeEventListener('abort', ring);
      await this.#close();
    }
  }

  async #work(): Promise<void> {
    while (!this.#isStopped()) {
      if (this.#lease?.isLost) await this.#reopen();
      if (this.#runner.stuckForMs(performance.now()) > stuckMs) {
        this.#runner.releaseWaiting();
        this.#runner.noteSlow(stuckMs);
      }
      const want = await this.#decideWant();
      if (want || this.#mustFlush()) await this.#exchange(want);
      else if (this.#runner.held > 0) await this.#alarm.wait(this.#untilNextMove());
      else if (this.#options.watch === true) await this.#idle();
      else return;
      this.#reportProgress();
    }
  }

  /** Null: there is enough in hand, or nothing can be had now. */
  async #decideWant(): Promise<Want | null> {
    const { held, waiting, running, meanMs, settled } = this.#runner;
    const limit = (this.#options.maxJobs ?? Infinity) - this.#counts.processed - held - settled;
    const want = this.#pace.want({ waiting, running, meanMs, limit });
    if (!want || !this.#pace.isDry) return want;
    // At its end a run claims once more: a job that it puts back may be due at once.
    if (held === 0 && (settled > 0 || this.#hasPutBack)) return want;
    if (held === 0 && this.#options.watch !== true) return null;
    const now = performance.now();
    if (now < this.#pace.nextLookAt) return null;
    this.#pace.noteLook(now);
    if (await this.#worker().isAnythingDue()) return want;
    this.#pace.noteQuiet();
    return null;
  }

  #mustFlush(): boolean {
    const { settled, firstSettledAt, held } = this.#runner;
    if (settled === 0 || firstSettledAt === null) return false;
    return held === 0 || settled >= mostUnwritten || performance.now() - firstSettledAt >= flushMs;
  }

  async #exchange(want: Want | null): Promise<void> {
    const settled = this.#runner.takeSettled();
    try {
      const claim = await this.#worker().exchange(settled, want);
      this.#count(settled);
      this.#noteRecovered(claim.recovered);
      this.#hasPutBack = want === null && (this.#hasPutBack || settled.some(isPutBack));
      if (!want) return;
      this.#pace.noteClaim(claim, want, performance.now());
      this.#runner.accept(claim.jobs);
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
      await this.#reopen();
    }
  }

  #untilNextMove(): number {
    const now = performance.now();
    const { firstSettledAt, waiting } = this.#runner;
    const moments = [
      now + stuckMs,
      this.#deadline,
      ...(firstSettledAt === null ? [] : [firstSettledAt + flushMs]),
      ...(this.#pace.isDry && waiting === 0 ? [this.#pace.nextLookAt] : []),
    ];
    return Math.max(1, Math.min(...moments) - now);
  }

  async #idle(): Promise<void> {
    await this.#tidy();
    const untilMs = Math.min(this.#pace.nextLookAt, this.#deadline) - performance.now();
    await this.#alarm.wait(Math.max(1, untilMs));
  }

  /** What has not started goes back at once; what runs gets the grace and is then ended and put back. */
  async #drain(): Promise<void> {
    this.#runner.releaseWaiting();
    const graceEnds = performance.now() + this.#options.graceMs;
    while (this.#runner.held > 0 || this.#runner.settled > 0) {
      if (this.#lease?.isLost) await this.#reopen();
      if (this.#runner.held > 0 && performance.now() >= graceEnds) await this.#endRunning();
      if (this.#mustFlush()) await this.#exchange(null);
      else if (this.#runner.held > 0) {
        await this.#alarm.wait(Math.min(flushMs, Math.max(0, graceEnds - performance.now())));
      }
    }
  }

  async #endRunning(): Promise<void> {
    this.#runner.abortRunning();
    while (this.#runner.running > 0) await this.#alarm.wait(flushMs);
  }

  async #open(): Promise<void> {
    const { store, leaseMs, policy, types, onConflict } = this.#options;
    this.#session = await store.openWorker({
      leaseMs,
      types: types ?? [],
      maxAttemptsOf: policy.maxAttemptsOf,
      ...(onConflict ? { onConflict } : {}),
    });
    this.#lease = new LeaseKeeper(this.#session, leaseMs, () => this.#alarm.ring());
  }

  /** Others have the jobs now: what this worker still does with them would not count. */
  async #reopen(): Promise<void> {
    const { held, settled } = this.#runner;
    this.#options.warn?.(
      `the lease of ${held + settled} jobs ran out before this process could renew it; others run them again`,
    );
    await this.#endRunning();
    this.#runner.discard();
    await this.#close();
    await this.#open();
    this.#pace.startAnew();
  }

  async #close(): Promise<void> {
    await this.#lease?.stop();
    const session = this.#session;
    this.#session = null;
    await session?.[Symbol.asyncDispose]();
  }

  async #tidy(): Promise<void> {
    if (performance.now() - this.#tidiedAt < tidyEveryMs) return;
    this.#tidiedAt = performance.now();
    await this.#options.store.tidy(this.#options.retentionMs);
  }

  #count(settled: readonly Settlement[]): void {
    const counts = this.#counts;
    for (const { kind } of settled) {
      if (kind === 'completed') counts.completed += 1;
      else if (kind === 'retried') counts.retried += 1;
      else if (kind === 'dead') counts.deadLettered += 1;
    }
    counts.failed = counts.retried + counts.deadLettered;
    counts.processed = counts.completed + counts.failed;
  }

  #noteRecovered({ returned, deadLettered }: Claim['recovered']): void {
    if (returned + deadLettered === 0) return;
    this.#counts.deadLettered += deadLettered;
    this.#count([]);
    this.#options.warn?.(
      `a worker died: ${returned} of its jobs run again, each alone` +
        (deadLettered > 0 ? `, ${deadLettered} went to the dead letters` : ''),
    );
  }

  #reportProgress(): void {
    if (performance.now() - this.#progressAt < progressEveryMs) return;
    this.#progressAt = performance.now();
    this.#options.onProgress?.({ ...this.#counts });
  }

  #isStopped(): boolean {
    const { signal, maxJobs } = this.#options;
    return (
      signal?.aborted === true ||
      performance.now() >= this.#deadline ||
      this.#counts.processed >= (maxJobs ?? Infinity)
    );
  }

  #worker(): WorkerSession {
    if (!this.#session) throw new Error('the worker is not open');
    return this.#session;
  }
}

function isPutBack({ kind }: Settlement): boolean {
  return kind === 'retried' || kind === 'released';
}
