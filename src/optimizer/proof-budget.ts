import { setTimeout as sleep } from 'node:timers/promises';

export interface BudgetLimits {
  /** Wall time of all proofs of a run together. */
  readonly maxMs: number;
  /** The part of the wall time, 0 to 1, that the server may spend on timed statements; null for no limit. */
  readonly share: number | null;
}

/**
 * The share holds over half a minute: what a small database is proven with in a few seconds is not spread out.
 * Longer statements are followed by a pause each.
 */
const shareOverMs = 30_000;

/**
 * The time that a run may spend on proofs. Builds do not count. Pauses do: they are what keeps the server's part
 * small while nobody watches.
 */
export class ProofBudget {
  readonly #limits: BudgetLimits;
  #endedMs = 0;
  #startedAt: number | null = null;
  #serverMs = 0;
  #hasProven = false;
  /** How often a statement was not timed because the budget had too little left for it. */
  refusals = 0;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  /** Wall time that is left for proofs, in milliseconds; never negative. */
  get remainingMs(): number {
    return Math.max(0, this.#limits.maxMs - this.#wallMs);
  }

  /** No proof began. What only came before one, such as a look at a copy, leaves it untouched. */
  get isUntouched(): boolean {
    return !this.#hasProven;
  }

  /** Counts the time that `work` takes: one proof, or what comes before it. */
  async spend<T>(work: () => Promise<T>, on: 'proof' | 'preliminary' = 'proof'): Promise<T> {
    if (on === 'proof') this.#hasProven = true;
    this.#startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.#endedMs = this.#wallMs;
      this.#startedAt = null;
    }
  }

  /** The wall time that statements of `serverMs` altogether take, with their pauses. */
  wallTimeOf(serverMs: number): number {
    return Math.max(serverMs, this.#owedMs(serverMs));
  }

  /** To be called after each timed statement: waits as long as the share asks for, and no longer than the budget. */
  async rest(serverMs: number, signal: AbortSignal): Promise<void> {
    const owedMs = Math.min(this.#owedMs(serverMs), this.remainingMs);
    this.#serverMs += serverMs;
    if (owedMs >= 1) await sleep(owedMs, undefined, { signal });
  }

  get #wallMs(): number {
    return this.#endedMs + (this.#startedAt === null ? 0 : performance.now() - this.#startedAt);
  }

  /** How long from now until `serverMs` more are within the share. */
  #owedMs(serverMs: number): number {
    const { share } = this.#limits;
    if (share === null) return 0;
    return Math.max(0, (this.#serverMs + serverMs) / share - shareOverMs - this.#wallMs);
  }
}
