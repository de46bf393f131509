import { LeaseLost } from '../store.ts';
import type { WorkerSession } from '../store.ts';

/** A living worker reports so many times within one lease: two reports may fail. */
const reportsInLease = 3;

/** Extends the lease of a worker from time to time, whatever else it does. */
export class LeaseKeeper {
  readonly #session: WorkerSession;
  readonly #onLost: () => void;
  readonly #timer: NodeJS.Timeout;
  #report: Promise<void> | null = null;
  #isLost = false;

  constructor(session: WorkerSession, leaseMs: number, onLost: () => void) {
    this.#session = session;
    this.#onLost = onLost;
    this.#timer = setInterval(() => this.#tick(), leaseMs / reportsInLease);
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#report;
  }

  #tick(): void {
    this.#report ??= this.#extend().finally(() => {
      this.#report = null;
    });
  }

  async #extend(): Promise<void> {
    try {
      await this.#session.extendLease();
    } catch (error) {
      // Any other failure meets the next exchange too, which reports it; without one, the lease runs out.
      if (error instanceof LeaseLost) {
        this.#isLost = true;
        clearInterval(this.#timer);
        this.#onLost();
      }
    }
  }
}
