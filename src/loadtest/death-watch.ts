import type { RequestOutcome } from './recorder.ts';

/** So long nothing but failures, and the target is taken for dead. */
const deadAfterMs = 3000;
/** Failures in a row that prove it: few when nothing has ever succeeded, more against a series of bad luck. */
const failuresAtStart = 3;
const failuresLater = 10;

/** Notices that the target is dead: hammering it for the rest of the time would tell nobody anything. */
export class DeathWatch {
  #hasSucceeded = false;
  #failures = 0;
  #failingSince = 0;

  record(outcome: RequestOutcome, now: number): void {
    if (outcome.failure === null) {
      this.#hasSucceeded = true;
      this.#failures = 0;
    } else if (this.#failures++ === 0) this.#failingSince = now;
  }

  isDead(now: number): boolean {
    const proof = this.#hasSucceeded ? failuresLater : failuresAtStart;
    return this.#failures >= proof && now - this.#failingSince >= deadAfterMs;
  }
}
