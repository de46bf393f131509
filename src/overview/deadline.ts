import { setMaxListeners } from 'node:events';
import { ScalectlError } from '../errors.ts';

/** What a look found, or why it found nothing. */
export type Found<T> =
  | ({ state: 'found' } & T)
  | { state: 'none'; reason: string }
  | { state: 'failed'; reason: string };

/** One point in time for all looks: what has no answer by then is left behind, and `passed` is aborted. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #budgetMs: number;

  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
    // Each connection listens to it: Node takes more than ten for a leak.
    setMaxListeners(0, this.#controller.signal);
    this.#timer = setTimeout(() => this.#controller.abort(), budgetMs);
  }

  get passed(): AbortSignal {
    return this.#controller.signal;
  }

  /** What it finds, or `failed` with the error's words or with the time that ran out. Never rejects for these. */
  async look<T>(work: () => Promise<Found<T>>): Promise<Found<T>> {
    const late = { state: 'failed', reason: `no answer within ${this.#budgetMs} ms` } as const;
    const { signal } = this.#controller;
    if (signal.aborted) return late;
    const tooLate = new Promise<Found<T>>((resolve) => {
      signal.addEventListener('abort', () => resolve(late), { once: true });
    });
    return Promise.race([
      tooLate,
      work().catch((error: unknown) => failureOf<T>(error, signal, late)),
    ]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }
}

function failureOf<T>(error: unknown, signal: AbortSignal, late: Found<T>): Found<T> {
  // Whatever breaks after the connections were cut broke because of that.
  if (signal.aborted) return late;
  if (error instanceof ScalectlError) return { state: 'failed', reason: error.message };
  throw error;
}
