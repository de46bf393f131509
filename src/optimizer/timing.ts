import type { Session } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import type { ProofBudget } from './proof-budget.ts';

export interface TimerOptions {
  /** Of one execution. */
  timeoutMs: number;
  /** Time on the server for all statements of this timer together. */
  limitMs: number;
  /** What the whole run may still spend. */
  budget: ProofBudget;
  signal: AbortSignal;
}

export interface Timing {
  durationMs: number;
  /** The server ended it at the time limit: the true time is longer. */
  isCutOff: boolean;
}

/**
 * Times statements by the server's own clock (SHOW PROFILES, which every account may use), so that neither the
 * network nor this process counts; where the server has no profiling, by the clock here.
 */
export class StatementTimer {
  readonly #session: Session;
  readonly #options: TimerOptions;
  #spentMs = 0;
  #isProfiling: boolean | null = null;
  #number = 0;

  constructor(session: Session, options: TimerOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** The setting that statements of so much time on the server would go beyond; null when there is time for them. */
  beyond(serverMs: number): 'optimizer.proofTime' | 'optimizer.maxTime' | null {
    const { budget, limitMs } = this.#options;
    if (this.#spentMs + serverMs > limitMs) return 'optimizer.proofTime';
    if (budget.wallTimeOf(serverMs) <= budget.remainingMs) return null;
    budget.refusals += 1;
    return 'optimizer.maxTime';
  }

  /** Executes a statement, and pauses after it when the server's share of the time asks for it. */
  async time(sql: string): Promise<Timing> {
    const timing = await this.#execute(sql);
    this.#spentMs += timing.durationMs;
    await this.#options.budget.rest(timing.durationMs, this.#options.signal);
    return timing;
  }

  async #execute(sql: string): Promise<Timing> {
    this.#isProfiling ??= await this.#startProfiling();
    this.#number += 1;
    // The number finds the statement in the profiles again, and keeps a query cache from answering.
    const tag = `scalectl:optimize-db proof ${process.pid}-${this.#number} `;
    const startedAt = performance.now();
    try {
      const { timeoutMs, signal } = this.#options;
      await this.#session.read(`/* ${tag}*/ ${sql}`, [], { timeoutMs, signal });
    } catch (error) {
      if (!(error instanceof ScalectlError) || error.code !== 'statement-timeout') throw error;
      return { durationMs: this.#options.timeoutMs, isCutOff: true };
    }
    const elapsedMs = performance.now() - startedAt;
    const profiledMs = this.#isProfiling ? await this.#profiled(tag) : null;
    return { durationMs: profiledMs ?? elapsedMs, isCutOff: false };
  }

  async #startProfiling(): Promise<boolean> {
    try {
      await this.#session.write('/* scalectl:optimize-db */ SET SESSION profiling = 1');
      return true;
    } catch (error) {
      if (error instanceof ScalectlError && error.code === 'statement-failed') return false;
      throw error;
    }
  }

  async #profiled(tag: string): Promise<number | null> {
    const rows = await this.#session.read<{ Query: string; Duration: string | number }>(
      '/* scalectl:optimize-db */ SHOW PROFILES',
      [],
      { timeoutMs: 0 },
    );
    const row = rows.find(({ Query: query }) => query.includes(tag));
    return row ? Number(row.Duration) * 1000 : null;
  }
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? 0;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}
