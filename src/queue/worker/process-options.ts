import type { FindHandler } from '../handlers/handler.ts';
import type { RetryPolicy } from '../retry-policy.ts';
import type { QueueStore } from '../store.ts';

export interface ProcessOptions {
  store: QueueStore;
  findHandler: FindHandler;
  policy: RetryPolicy;
  /** Jobs at once. */
  concurrency: number;
  leaseMs: number;
  /** How long running jobs may go on once the run is to stop. */
  graceMs: number;
  pollMs: number;
  retentionMs: number;
  /** Empty: all. */
  types?: readonly string[];
  maxJobs?: number;
  maxTimeMs?: number;
  /** Goes on when nothing is due. */
  watch?: boolean;
  /**
   * Where a ring says that jobs were added: a watching worker then looks at once. Rings may be lost, as it looks by
   * itself every `pollMs`.
   */
  listen?: (ring: () => void) => Promise<AsyncDisposable>;
  /** Aborted: no new jobs, those that run get the grace. */
  signal?: AbortSignal;
  onProgress?: (counts: ProcessCounts) => void;
  /** What an operator should know although the run goes on. */
  warn?: (message: string) => void;
  /** Told of each deadlock and lock wait that was tried again. */
  onConflict?: () => void;
}

export interface ProcessCounts {
  /** completed + retried + deadLettered */
  processed: number;
  completed: number;
  /** retried + deadLettered */
  failed: number;
  retried: number;
  deadLettered: number;
}

export interface ProcessResult extends ProcessCounts {
  /** Jobs that are due and were left. */
  remaining: number;
  durationMs: number;
  jobsPerSecond: number;
}
