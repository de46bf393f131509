import { setTimeout as sleep } from 'node:timers/promises';
import { isConnectionError, isRetryable } from '../../../database/server-errors.ts';

/** A transaction that still meets a deadlock after so many attempts meets something else than chance. */
const mostConflicts = 50;

export interface RetryOptions {
  /** How long a lost connection is tried again; 0 for what must not be done twice. */
  outageMs: number;
  /** Told of each deadlock and each lock wait that ran out. */
  onConflict?: (() => void) | undefined;
}

/**
 * Runs a whole transaction until no deadlock or lock wait stops it, with growing, random pauses: two workers that met
 * once must not meet again. `work` must be safe to run again after a lost connection, unless `outageMs` is 0.
 */
export async function retrying<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  let conflicts = 0;
  let outageSince: number | null = null;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (isRetryable(error) && conflicts < mostConflicts) {
        conflicts += 1;
        options.onConflict?.();
        await sleep(Math.random() * Math.min(500, 5 * 2 ** Math.min(conflicts, 7)));
      } else if (isConnectionError(error) && options.outageMs > 0) {
        outageSince ??= performance.now();
        if (performance.now() - outageSince > options.outageMs) throw error;
        await sleep(100 + Math.random() * 400);
      } else throw error;
    }
  }
}
