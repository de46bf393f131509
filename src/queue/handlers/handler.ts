import type { ClaimedJob, Failure } from '../job.ts';

/** What came of one attempt. */
export type Attempt =
  | { kind: 'done'; result: string | null }
  /** The handler asks for a later run: nothing is charged. */
  | { kind: 'later'; failure: Failure }
  | { kind: 'failed'; failure: Failure }
  /** Ended from outside before it could end itself: not the job's fault. */
  | { kind: 'aborted' };

export interface RunnableJob extends ClaimedJob {
  data: string;
  maxAttempts: number;
}

/** Runs jobs of one type. */
export interface Handler {
  /**
   * Never rejects for what the job does: that is a failed attempt. Ends everything that it started before it
   * resolves, also when `signal` is aborted.
   */
  run(job: RunnableJob, signal: AbortSignal): Promise<Attempt> | Attempt;
}

export type FindHandler = (type: string) => Handler | null;
