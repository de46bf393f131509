import { setTimeout as sleep } from 'node:timers/promises';

const smallestStep = 10;
/** Larger steps win no speed and make everyone wait: measured on a million keys. */
const largestStep = 1000;
const firstStep = 100;
/** After a step that took too long the server gets as much time for others, up to this. */
const longestPauseMs = 100;

/**
 * How large a step through the keyspace may be so that other clients hardly feel it: while Redis works on one
 * command, all others wait. A step's round trip beyond that of a PING is the longest that anyone waited for it.
 * Too long: the next step is half as large and comes after a pause. Short: the next one is larger.
 */
export class Pace {
  private readonly maxLatencyMs: number;
  private baselineMs: number;
  private size = firstStep;
  private slowest = 0;

  /** @param baselineMs the round trip of a PING */
  constructor(maxLatencyMs: number, baselineMs: number) {
    this.maxLatencyMs = maxLatencyMs;
    this.baselineMs = baselineMs;
  }

  /** The most that a step took beyond a PING, to the microsecond. */
  get slowestStepMs(): number {
    return Math.round(this.slowest * 1000) / 1000;
  }

  readonly stepSize = (): number => this.size;

  /** Told after each step. Resolves when the next one may begin. */
  readonly onStep = async (elapsedMs: number): Promise<void> => {
    this.baselineMs = Math.min(this.baselineMs, elapsedMs);
    const addedMs = elapsedMs - this.baselineMs;
    this.slowest = Math.max(this.slowest, addedMs);
    if (addedMs > this.maxLatencyMs) {
      this.size = Math.max(smallestStep, Math.floor(this.size / 2));
      await sleep(Math.min(addedMs, longestPauseMs));
    } else if (addedMs < this.maxLatencyMs / 2) {
      this.size = Math.min(largestStep, Math.ceil(this.size * 1.25));
    }
  };

  /** A pace for a server, after a few PINGs. */
  static async of(maxLatencyMs: number, ping: () => Promise<unknown>): Promise<Pace> {
    let baselineMs = Infinity;
    for (let i = 0; i < 5; i++) {
      const startedAt = performance.now();
      await ping();
      baselineMs = Math.min(baselineMs, performance.now() - startedAt);
    }
    return new Pace(maxLatencyMs, baselineMs);
  }
}
