import type { FailureKind } from './failure-kinds.ts';
import { LatencyRecorder } from './latency.ts';
import type { LatencyFigures } from './plan.ts';

/** How one request ended. */
export interface RequestOutcome {
  /** Null when no answer came. */
  status: number | null;
  /** Null for a success. */
  failure: FailureKind | null;
  /** From the (intended) start to the last byte, or how long was waited in vain; null when there was no waiting. */
  latencyMs: number | null;
}

export interface Figures {
  requests: number;
  successRate: number | null;
  latencyMs: LatencyFigures;
  statusCodes: Record<string, number>;
  errors: Record<string, number>;
}

/** Counts and latencies by step. */
export class Recorder {
  readonly #steps: Tally[];

  constructor(stepCount: number) {
    this.#steps = Array.from({ length: stepCount }, () => new Tally());
  }

  get requests(): number {
    return this.#steps.reduce((sum, step) => sum + step.requests, 0);
  }

  get successes(): number {
    return this.#steps.reduce((sum, step) => sum + step.successes, 0);
  }

  record(stepIndex: number, outcome: RequestOutcome): void {
    this.#steps[stepIndex]?.record(outcome);
  }

  step(stepIndex: number): Figures {
    return (this.#steps[stepIndex] ?? new Tally()).figures();
  }

  overall(): Figures {
    const total = new Tally();
    for (const step of this.#steps) total.add(step);
    return total.figures();
  }
}

class Tally {
  requests = 0;
  successes = 0;
  readonly #latency = new LatencyRecorder();
  readonly #statusCodes = new Map<number, number>();
  readonly #errors = new Map<FailureKind, number>();

  record({ status, failure, latencyMs }: RequestOutcome): void {
    this.requests++;
    if (failure === null) this.successes++;
    else increase(this.#errors, failure, 1);
    if (status !== null) increase(this.#statusCodes, status, 1);
    if (latencyMs !== null) this.#latency.record(latencyMs);
  }

  add(other: Tally): void {
    this.requests += other.requests;
    this.successes += other.successes;
    this.#latency.add(other.#latency);
    for (const [status, count] of other.#statusCodes) increase(this.#statusCodes, status, count);
    for (const [kind, count] of other.#errors) increase(this.#errors, kind, count);
  }

  figures(): Figures {
    return {
      requests: this.requests,
      successRate: this.requests === 0 ? null : this.successes / this.requests,
      latencyMs: this.#latency.figures(),
      statusCodes: Object.fromEntries([...this.#statusCodes].sort(([a], [b]) => a - b)),
      errors: Object.fromEntries([...this.#errors].sort(([, a], [, b]) => b - a)),
    };
  }
}

function increase<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
