import type { Session } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';

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
  readonly #options: { timeoutMs: number; signal: AbortSignal };
  #isProfiling: boolean | null = null;
  #number = 0;

  constructor(session: Session, options: { timeoutMs: number; signal: AbortSignal }) {
    this.#session = session;
    this.#options = options;
  }

  async time(sql: string): Promise<Timing> {
    this.#isProfiling ??= await this.#startProfiling();
    this.#number += 1;
    // The number finds the statement in the profiles again, and keeps a query cache from answering.
    const tag = `scalectl:optimize-db proof ${process.pid}-${this.#number} `;
    const startedAt = performance.now();
    try {
      await this.#session.read(`/* ${tag}*/ ${sql}`, [], this.#options);
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
