import type { Session } from './session.ts';

/** Decides when sessions begin their journeys: the closed model by pauses, the open one by arrivals. */
export interface Pacing {
  /** Sessions that have begun. */
  readonly activeUsers: number;
  begin(): void;
  onJourneyEnd(session: Session, thinkMs: number, backOffMs: number): void;
  /** Nothing new begins from now on; what has arrived and waits may still be sent. */
  stop(): void;
  /** The intended moments of arrivals that nobody has sent yet. */
  waiting(): readonly number[];
}

export interface PacingOptions {
  users: number;
  rampMs: number;
  createSession: (number: number) => Session;
}

export interface ArrivalOptions extends PacingOptions {
  ratePerSecond: number;
  /** How much later than planned an arrival was sent. */
  onLag: (lagMs: number) => void;
  /** No session was free. */
  onWait: () => void;
  random?: () => number;
}

/**
 * Opening more connections a second would overflow the target's listen queue, and the waiting of the kernel's
 * retries (1, 3, 7 s) would be taken for the target's answer time.
 */
export const connectsPerSecond = 2000;

/** The closed model: users start one after another by the clock, then each loops with its own pauses. */
export class UserPacing implements Pacing {
  activeUsers = 0;
  readonly #options: PacingOptions;
  readonly #intervalMs: number;
  #beganAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(options: PacingOptions) {
    this.#options = options;
    this.#intervalMs = Math.max(options.rampMs / options.users, 1000 / connectsPerSecond);
  }

  begin(): void {
    this.#beganAt = performance.now();
    this.#startDue();
  }

  onJourneyEnd(session: Session, thinkMs: number, backOffMs: number): void {
    if (this.#isStopped) return;
    session.pause(Math.max(thinkMs, backOffMs), (now) => session.start(now));
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  waiting(): readonly number[] {
    return [];
  }

  #startDue(): void {
    const { users, createSession } = this.#options;
    const now = performance.now();
    const due = Math.min(users, Math.floor((now - this.#beganAt) / this.#intervalMs) + 1);
    while (this.activeUsers < due && !this.#isStopped) {
      this.activeUsers++;
      createSession(this.activeUsers).start(performance.now());
    }
    if (due >= users || this.#isStopped) return;
    const nextAt = this.#beganAt + this.activeUsers * this.#intervalMs;
    this.#timer = setTimeout(() => this.#startDue(), Math.max(1, nextAt - performance.now()));
  }
}

/**
 * The open model: journeys arrive by the clock as a Poisson process of `ratePerSecond`, whether or not the target
 * keeps up. An arrival that finds no free session waits, and its waiting counts in its latency.
 */
export class ArrivalPacing implements Pacing {
  activeUsers = 0;
  readonly #options: ArrivalOptions;
  readonly #free: Session[] = [];
  readonly #waiting: number[] = [];
  #beganAt = 0;
  #expected = 0;
  #nextAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;

  constructor(options: ArrivalOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#beganAt = performance.now();
    this.#drawNext();
    this.#arrive();
  }

  /** The session of a lost connection comes back after its pause; any other is free at once. */
  onJourneyEnd(session: Session, _thinkMs: number, backOffMs: number): void {
    session.pause(backOffMs, (now) => {
      const arrivedAt = this.#waiting.shift();
      if (arrivedAt === undefined) this.#free.push(session);
      else session.start(Math.min(arrivedAt, now));
    });
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  waiting(): readonly number[] {
    return this.#waiting;
  }

  /** Timers are a millisecond coarse: all that is due by now arrives, each with its own intended moment. */
  #arrive(): void {
    const now = performance.now();
    while (this.#nextAt <= now && !this.#isStopped) {
      const session = this.#freeSession();
      if (session) {
        this.#options.onLag(now - this.#nextAt);
        session.start(this.#nextAt);
      } else {
        this.#waiting.push(this.#nextAt);
        this.#options.onWait();
      }
      this.#drawNext();
    }
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => this.#arrive(), Math.max(0, this.#nextAt - performance.now()));
  }

  #drawNext(): void {
    const { ratePerSecond, rampMs, random = Math.random } = this.#options;
    this.#expected -= Math.log(1 - random());
    this.#nextAt = this.#beganAt + arrivalTimeMs(this.#expected, ratePerSecond, rampMs);
  }

  /** The one that was used last: its connection is the least likely to have been closed meanwhile. */
  #freeSession(): Session | null {
    const free = this.#free.pop();
    if (free) return free;
    if (this.activeUsers >= this.#options.users) return null;
    this.activeUsers++;
    return this.#options.createSession(this.activeUsers);
  }
}

/**
 * When the n-th arrival is expected, in milliseconds from the beginning: the inverse of the arrivals expected by a
 * moment, which grow with the square of time while the rate is ramped up evenly, and evenly after it. With
 * exponential steps of n it makes a Poisson process (Çinlar's method of inversion).
 */
export function arrivalTimeMs(n: number, ratePerSecond: number, rampMs: number): number {
  const ratePerMs = ratePerSecond / 1000;
  const duringRamp = (ratePerMs * rampMs) / 2;
  if (n < duringRamp) return Math.sqrt((2 * n * rampMs) / ratePerMs);
  return rampMs + (n - duringRamp) / ratePerMs;
}
