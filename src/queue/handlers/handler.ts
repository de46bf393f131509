import type { ClaimedJob, Failure } from '../job.ts';

/** What came of one attempt. */
export type Attempt =
  | { kind: 'done'; result: string | null }
  /** The handler asks for a later run, after the usual pause or its own: nothing is charged. */
  | { kind: 'later'; failure: Failure; afterMs?: number }
  /** Final: the job goes to the dead letters at once, for it would fail again. */
  | { kind: 'failed'; failure: Failure; isFinal?: boolean }
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

/** The handlers of one run, with what they keep open between jobs: processes, connections. */
export interface Handlers extends AsyncDisposable {
  find: FindHandler;
}
