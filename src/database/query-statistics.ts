import type { QueryStatistics } from './types.ts';

/** Counts the statements of this process: what `health` and `dashboard` show of scalectl's own work. */
export class QueryStatisticsRecorder {
  readonly #slowFromMs: number;
  #count = 0;
  #totalMs = 0;
  #slow = 0;
  #slowestMs = 0;

  constructor(slowFromMs: number) {
    this.#slowFromMs = slowFromMs;
  }

  record(durationMs: number): void {
    this.#count += 1;
    this.#totalMs += durationMs;
    if (durationMs >= this.#slowFromMs) this.#slow += 1;
    this.#slowestMs = Math.max(this.#slowestMs, durationMs);
  }

  read(): QueryStatistics {
    const isEmpty = this.#count === 0;
    return {
      count: this.#count,
      meanMs: isEmpty ? null : this.#totalMs / this.#count,
      slow: this.#slow,
      slowestMs: isEmpty ? null : this.#slowestMs,
    };
  }
}
