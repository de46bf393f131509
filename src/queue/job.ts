/** The number that the database gave a job. */
export type JobId = number;

/** Lower runs first. Numbers between them are as good: a page may insert 30. */
export const priorities = { high: 10, normal: 50, low: 90 } as const;

export type PriorityName = keyof typeof priorities;

export const priorityNames = Object.keys(priorities) as readonly PriorityName[];

/** `high`, or the number where it has no name. */
export function priorityLabel(priority: number): string {
  return priorityNames.find((name) => priorities[name] === priority) ?? String(priority);
}

/**
 * pending: due now. scheduled: due later, after a delay or for another attempt. processing: a worker holds it.
 * completed and cancelled are kept for `queue.retention`; failed are the dead letters, kept until somebody decides.
 */
export const jobStatuses = [
  'pending',
  'scheduled',
  'processing',
  'completed',
  'failed',
  'cancelled',
] as const;

export type JobStatus = (typeof jobStatuses)[number];

/** A job as it is put in. */
export interface NewJob {
  type: string;
  /** JSON text: handed to the handler as it stands, so that no digit of a number is lost on the way. */
  data: string;
  priority: number;
  /** Only one waiting or running job may have it. */
  uniqueKey: string | null;
  /**
   * With a unique key: it stays taken for this time from now, also when the job is completed before. A job that dies
   * or is cancelled frees it at once.
   */
  uniqueForMs?: number | undefined;
  /** null: as configured for the type. */
  maxAttempts: number | null;
  /** When to run: at once, after a time by the database's clock, or at a moment. */
  due: { delayMs: number } | { at: Date } | null;
}

/** A job in a worker's hands. */
export interface ClaimedJob {
  id: JobId;
  type: string;
  /** null: so large that it is read only when the job starts. */
  data: string | null;
  priority: number;
  /** Attempts that failed before this one. */
  attempts: number;
  postponements: number;
  maxAttempts: number | null;
  hasUniqueKey: boolean;
  createdAt: Date;
}

/** Why an attempt failed; what stands in the dead letters. */
export type FailureReason =
  | 'exit-code'
  | 'signal'
  | 'timeout'
  | 'not-started'
  | 'error'
  | 'worker-died'
  | 'no-handler'
  | 'data-invalid'
  | 'imported'
  | 'postponed';

export interface Failure {
  reason: FailureReason;
  /** One sentence. */
  message: string;
  /** The end of what the handler wrote. */
  output: string | null;
}

/** What became of a claimed job. */
export type Settlement =
  | { job: ClaimedJob; kind: 'completed'; runMs: number; result: string | null }
  /** Another attempt later; charged unless the handler itself asked for a later run. */
  | { job: ClaimedJob; kind: 'retried'; isCharged: boolean; delayMs: number; failure: Failure }
  | { job: ClaimedJob; kind: 'dead'; failure: Failure }
  /** Back to where it came from, as if it had never been claimed. */
  | { job: ClaimedJob; kind: 'released' };
