import type { ClaimedJob, Failure, JobId, NewJob, Settlement } from '../../../src/queue/job.ts';
import type { Claim, QueueStore, Want, WorkerSession } from '../../../src/queue/store.ts';

/** A lease that no test outlives. */
export const longLeaseMs = 60_000;

/** A job with nothing special about it but what is given. */
export function newJob(type = 'work', parts: Partial<NewJob> = {}): NewJob {
  return {
    type,
    data: '{}',
    priority: 50,
    uniqueKey: null,
    maxAttempts: null,
    due: null,
    ...parts,
  };
}

export function newJobs(count: number, type = 'work'): NewJob[] {
  return Array.from({ length: count }, (_, i) => newJob(type, { data: JSON.stringify({ n: i }) }));
}

export async function addOne(store: QueueStore, job: NewJob = newJob()): Promise<JobId> {
  const [added] = await store.add([job]);
  if (!added) throw new Error('the store does not say what it added');
  return added.id;
}

export interface OpenOptions {
  leaseMs?: number;
  types?: readonly string[];
  maxAttempts?: number;
}

export function openWorker(store: QueueStore, options: OpenOptions = {}): Promise<WorkerSession> {
  return store.openWorker({
    leaseMs: options.leaseMs ?? longLeaseMs,
    types: options.types ?? [],
    maxAttemptsOf: () => options.maxAttempts ?? 3,
  });
}

export function want(count: number, mayTakeSuspect = true): Want {
  return { count, mayTakeSuspect };
}

export function claim(worker: WorkerSession, count = 100): Promise<Claim> {
  return worker.exchange([], want(count));
}

export async function claimOne(worker: WorkerSession): Promise<ClaimedJob> {
  const [job] = (await claim(worker, 1)).jobs;
  if (!job) throw new Error('nothing was claimed');
  return job;
}

/** Claims until nothing comes any more and returns all of it. Suspects are completed on the way, one by one. */
export async function claimAll(worker: WorkerSession, count = 100): Promise<ClaimedJob[]> {
  const all: ClaimedJob[] = [];
  for (;;) {
    const { jobs, isSuspect, isUnfinished } = await worker.exchange([], want(count, false));
    if (isSuspect) throw new Error('a suspect was given although it was not asked for');
    all.push(...jobs);
    if (jobs.length === 0 && !isUnfinished) return all;
  }
}

export function ids(jobs: readonly { id: JobId }[]): JobId[] {
  return jobs.map(({ id }) => id);
}

export function completed(job: ClaimedJob, result: string | null = null): Settlement {
  return { job, kind: 'completed', runMs: 12.6, result };
}

export function failure(message = 'no such order', parts: Partial<Failure> = {}): Failure {
  return { reason: 'exit-code', message, output: null, ...parts };
}

export function retried(
  job: ClaimedJob,
  parts: { delayMs?: number; isCharged?: boolean; failure?: Failure } = {},
): Settlement {
  return { job, kind: 'retried', isCharged: true, delayMs: 60_000, failure: failure(), ...parts };
}

export function dead(job: ClaimedJob, why: Failure = failure()): Settlement {
  return { job, kind: 'dead', failure: why };
}

export function released(job: ClaimedJob): Settlement {
  return { job, kind: 'released' };
}

/** Waits until `look` is satisfied; what it says last is in the error when it never is. */
export async function eventually<T>(
  look: () => Promise<T>,
  isRight: (value: T) => boolean,
  withinMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (isRight(value)) return value;
    if (performance.now() > deadline) {
      throw new Error(`after ${withinMs} ms it still is ${JSON.stringify(value)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
