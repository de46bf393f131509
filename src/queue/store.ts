import type { ClaimedJob, Failure, JobId, JobStatus, NewJob, Settlement } from './job.ts';

/**
 * Where jobs are kept. A store promises, and `test/support/queue-conformance.ts` checks for each one:
 * - an added job is never lost: it is in exactly one of the six states, whatever dies when;
 * - a job is held by one worker at a time, under a lease that the store's own clock measures;
 * - a worker whose lease was taken away cannot settle anything any more (`LeaseLost`);
 * - jobs of a worker that died come back without being charged, but suspect: each is then claimed alone, and
 *   charged when its worker dies again, up to its last attempt;
 * - conflicts between workers are tried again inside and never charged to a job.
 */
export interface QueueStore {
  /** Creates what the store needs on its server, once. */
  prepare(): Promise<void>;
  /** In one piece: all of them or none. A job whose unique key is taken is not added. */
  add(jobs: readonly NewJob[]): Promise<AddedJob[]>;
  import(jobs: readonly ImportedJob[]): Promise<{ imported: number; alreadyImported: number }>;
  openWorker(options: WorkerOptions): Promise<WorkerSession>;
  stats(): Promise<QueueStats>;
  list(filter: ListFilter): Promise<JobSummary[]>;
  find(id: JobId): Promise<JobDetails | null>;
  /** Dead letters become pending again, with all their attempts before them. */
  retry(which: Retryable): Promise<ChangedJobs>;
  /** Jobs that wait. */
  cancel(ids: readonly JobId[]): Promise<ChangedJobs>;
  countPurgeable(which: Purgeable): Promise<number>;
  purge(which: Purgeable, onProgress?: (purged: number) => void): Promise<number>;
  /** `*` stands for the whole queue. Running jobs go on. */
  pause(types: readonly string[]): Promise<void>;
  /** `*`: the whole queue, and every type paused by itself. */
  resume(types: readonly string[]): Promise<void>;
  /** Removes what was finished longer ago than that; at most once an hour, whoever asks. */
  tidy(retentionMs: number): Promise<number>;
}

export interface AddedJob {
  id: JobId;
  /** The id is that of the job that has the unique key already. */
  isDuplicate: boolean;
}

export interface WorkerOptions {
  leaseMs: number;
  /** Only jobs of these types; empty: all. */
  types: readonly string[];
  /** Attempts of a type whose job does not say: to charge jobs whose worker died. */
  maxAttemptsOf: (type: string) => number;
  onConflict?: () => void;
  /** Takes what is ready and looks after nothing else: no dead worker's jobs, no inbox, no schedule. */
  isGuest?: boolean;
}

/** What one worker does with the store. Methods are called one at a time, `extendLease` at any time. */
export interface WorkerSession extends AsyncDisposable {
  /** Cheap: whether there may be something to claim. */
  isAnythingDue(): Promise<boolean>;
  /**
   * Settles jobs that this worker holds and claims others in one step: a crash leaves both or neither.
   * @throws LeaseLost when the claim is not this worker's any more; nothing is changed then
   */
  exchange(settled: readonly Settlement[], want: Want | null): Promise<Claim>;
  readData(id: JobId): Promise<string>;
  /** @throws LeaseLost */
  extendLease(): Promise<void>;
}

export interface Want {
  count: number;
  /** The worker holds nothing else: it may be given one suspect job, and then nothing beside it. */
  mayTakeSuspect: boolean;
}

export interface Claim {
  jobs: ClaimedJob[];
  /** The one job is suspect: run it alone. */
  isSuspect: boolean;
  suspectsWaiting: boolean;
  /** So much had become due that one claim did not look through it: ask again, also when no job came. */
  isUnfinished: boolean;
  /** Jobs of dead workers that were found on the way. */
  recovered: { returned: number; deadLettered: number };
}

/** The claim was given to others, because the lease had run out: what was done with it does not count. */
export class LeaseLost extends Error {
  constructor() {
    super('the lease ran out and the jobs were given to others');
    this.name = 'LeaseLost';
  }
}

export type StatusCounts = Record<JobStatus, number>;

export interface QueueStats extends StatusCounts {
  total: number;
  /** Since when the longest waiting job is due; null when none is. */
  oldestPendingAgeMs: number | null;
  /** Paused types; `*` is the whole queue. */
  paused: string[];
  byType: Record<string, StatusCounts>;
  /** Pending jobs by `high`, `normal`, `low` or number. */
  byPriority: Record<string, number>;
  countedAt: string;
}

export interface ListFilter {
  status: JobStatus;
  type: string | null;
  limit: number;
}

export interface JobSummary {
  id: JobId;
  type: string;
  status: JobStatus;
  priority: string;
  /** Failed ones so far. */
  attempts: number;
  createdAt: string;
  /** Scheduled: when it is due. Completed, failed, cancelled: when that happened. */
  at: string | null;
  lastError: string | null;
}

export interface JobDetails extends JobSummary {
  data: string;
  postponements: number;
  maxAttempts: number | null;
  uniqueKey: string | null;
  isSuspect: boolean;
  worker: { host: string; pid: number; leaseUntil: string } | null;
  runMs: number | null;
  result: string | null;
  /** The first and the last ones, oldest first. */
  failures: (Failure & { attempt: number; failedAt: string })[];
}

export interface ChangedJobs {
  changed: JobId[];
  unchanged: { id: JobId; reason: string }[];
}

/** These dead letters, with other data if given (JSON text); or all of a type; null: of every type. */
export type Retryable = { ids: readonly JobId[]; data?: string } | { type: string | null };

export interface Purgeable {
  status: 'completed' | 'cancelled' | 'failed';
  olderThanMs: number;
}

/** A job of the platform's own queue, with what it has behind it. */
export interface ImportedJob {
  /** The same for the same job, whatever has become of it since; different for different jobs. */
  identity: string;
  fileId: string;
  type: string;
  data: string;
  priority: number;
  status: 'pending' | 'processing' | 'completed' | 'failed';
  createdAt: Date;
  runAt: Date;
  attempts: number;
  maxAttempts: number | null;
  error: string | null;
  completedAt: Date | null;
  result: string | null;
}
