import type { Claim, Want } from '../store.ts';
import { holdSize } from './batch-size.ts';

/** A claim that found nothing although something is due (paused, other types) is repeated at most this seldom. */
const slowestPollMs = 1000;

export interface PaceOptions {
  concurrency: number;
  pollMs: number;
}

/** What a worker has in hand when it asks what to claim. */
export interface InHand {
  waiting: number;
  running: number;
  meanMs: number | null;
  /** How many more jobs the run may take on. */
  limit: number;
}

/** Decides when a worker claims, how much, and when it may take a suspect. */
export class ClaimPace {
  readonly #options: PaceOptions;
  #hold = 0;
  #isDry = false;
  #nextLookAt = 0;
  #lookPauseMs: number;
  #hasRung = false;
  #lastIsSuspect = false;
  #suspectsWaiting = false;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#lookPauseMs = options.pollMs;
  }

  /** The latest claim found nothing: a cheap look comes before the next one, from `nextLookAt` on. */
  get isDry(): boolean {
    return this.#isDry;
  }

  get nextLookAt(): number {
    return this.#nextLookAt;
  }

  /** Null: there is enough in hand, or a suspect is to run alone. */
  want({ waiting, running, meanMs, limit }: InHand): Want | null {
    const held = waiting + running;
    if (limit <= 0) return null;
    if (this.#lastIsSuspect && held > 0) return null;
    // Other jobs and suspects take turns. Before a suspect, what runs comes to its end.
    if (this.#suspectsWaiting && !this.#lastIsSuspect && held > 0) return null;
    const hold = holdSize(this.#options.concurrency, meanMs, this.#hold);
    const hasFreePlace = waiting === 0 && running < this.#options.concurrency;
    if (!hasFreePlace && hold - held < hold / 2) return null;
    return {
      count: Math.min(Math.max(hold - held, 1), limit),
      mayTakeSuspect: held === 0 && !this.#lastIsSuspect,
    };
  }

  /** A look is made now: the next one waits for its time. */
  noteLook(now: number): void {
    this.#hasRung = false;
    this.#nextLookAt = now + this.#lookPauseMs;
  }

  noteClaim(claim: Claim, want: Want, now: number): void {
    if (claim.jobs.length > 0) this.#hold = Math.max(want.count, claim.jobs.length);
    this.#lastIsSuspect = claim.isSuspect;
    this.#suspectsWaiting = claim.suspectsWaiting;
    this.#isDry = claim.jobs.length === 0 && !claim.suspectsWaiting && !claim.isUnfinished;
    if (!this.#isDry) this.#lookPauseMs = this.#options.pollMs;
    else {
      // What was added while this claim was made may have missed it.
      this.#nextLookAt = this.#hasRung ? now : now + this.#lookPauseMs;
      const slowest = Math.max(slowestPollMs, this.#options.pollMs);
      this.#lookPauseMs = Math.min(this.#lookPauseMs * 2, slowest);
    }
  }

  /** The look found nothing due, so that the next one need not be put off further. */
  noteQuiet(): void {
    this.#lookPauseMs = this.#options.pollMs;
  }

  /** Jobs were added, somebody says: the next look need not wait. */
  noteRing(): void {
    this.#hasRung = true;
    this.#nextLookAt = 0;
    this.#lookPauseMs = this.#options.pollMs;
  }

  /** Nothing is in hand any more, and nothing is known. */
  startAnew(): void {
    this.#isDry = false;
    this.#lastIsSuspect = false;
    this.#suspectsWaiting = false;
  }
}
