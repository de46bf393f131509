import { randomBytes } from 'node:crypto';
import os from 'node:os';
import process from 'node:process';
import { ScalectlError } from '../../../errors.ts';
import { isConnectionError } from '../../../database/server-errors.ts';
import type { Database, Session } from '../../../database/types.ts';
import type { ClaimedJob, JobId, Settlement } from '../../job.ts';
import type { Claim, Want, WorkerOptions, WorkerSession } from '../../store.ts';
import { claim, isAnythingDue } from './claim.ts';
import type { Claimed } from './claim.ts';
import { readJobs } from './claimed-jobs.ts';
import {
  extendLease,
  lockOwnClaim,
  registerWorker,
  unregisterWorker,
  writeOwnClaim,
} from './own-claim.ts';
import type { OwnClaim } from './own-claim.ts';
import { retrying } from './retrying.ts';
import { settle } from './settle.ts';

/** A server that restarts is waited for; after that the lease is lost anyway and the run says why it ends. */
const outageMs = 60_000;

const emptyClaim: Claimed = {
  jobs: [],
  isSuspect: false,
  suspectsWaiting: false,
  isUnfinished: false,
  recovered: { returned: 0, deadLettered: 0 },
};

export class MysqlWorkerSession implements WorkerSession {
  readonly #database: Database;
  readonly #options: WorkerOptions;
  /** Not the process number: another host may have the same, and so may this one after a restart. */
  readonly #worker = randomBytes(16).toString('hex');
  readonly #held = new Set<JobId>();
  #holdsSuspect = false;
  #revision = 0;

  private constructor(database: Database, options: WorkerOptions) {
    this.#database = database;
    this.#options = options;
  }

  static async open(database: Database, options: WorkerOptions): Promise<MysqlWorkerSession> {
    const session = new MysqlWorkerSession(database, options);
    await session.#retrying(() =>
      registerWorker(database, {
        id: session.#worker,
        host: os.hostname(),
        pid: process.pid,
        leaseMs: options.leaseMs,
      }),
    );
    return session;
  }

  isAnythingDue(): Promise<boolean> {
    return this.#retrying(() => isAnythingDue(this.#database, this.#worker));
  }

  async exchange(settled: readonly Settlement[], want: Want | null): Promise<Claim> {
    const kept = new Set(this.#held);
    for (const { job } of settled) {
      if (!kept.delete(job.id)) throw new Error(`job ${job.id} is not in the hands of this worker`);
    }
    const claimed = await this.#retrying(() =>
      this.#database.transaction((session) => this.#exchangeOnce(session, settled, want, kept)),
    );
    this.#revision += 1;
    this.#held.clear();
    for (const id of kept) this.#held.add(id);
    for (const { id } of claimed.jobs) this.#held.add(id);
    this.#holdsSuspect = claimed.isSuspect || (this.#holdsSuspect && kept.size > 0);
    return claimed;
  }

  async readData(id: JobId): Promise<string> {
    const [row] = await this.#retrying(() =>
      this.#database.read<{ data: string }>(
        '/* scalectl:queue */ SELECT data FROM scalectl_queue_jobs WHERE id = ?',
        [id],
      ),
    );
    if (row) return row.data;
    throw new ScalectlError('not-found', `the row of job ${id} is gone`);
  }

  extendLease(): Promise<void> {
    return this.#retrying(() => extendLease(this.#database, this.#worker, this.#options.leaseMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await retrying(() => unregisterWorker(this.#database, this.#worker), { outageMs: 0 });
    } catch (error) {
      // Without the server the row stays, and goes when its lease has run out.
      if (!isConnectionError(error)) throw error;
    }
  }

  async #exchangeOnce(
    session: Session,
    settled: readonly Settlement[],
    want: Want | null,
    kept: ReadonlySet<JobId>,
  ): Promise<Claimed> {
    const own = await lockOwnClaim(session, this.#worker);
    // The connection was lost after the commit and before its answer: all is done already.
    if (own.revision === this.#revision + 1) return this.#adopt(session, own, kept);
    // A suspect that was not run to its end stays one.
    await settle(
      session,
      settled,
      this.#holdsSuspect ? 'scalectl_queue_suspect' : 'scalectl_queue_ready',
    );
    const claimed = want
      ? await claim(session, { worker: this.#worker, ...this.#options }, want)
      : emptyClaim;
    await writeOwnClaim(session, this.#worker, {
      revision: this.#revision + 1,
      jobs: [...kept, ...claimed.jobs.map(({ id }) => id)],
      isSuspect: claimed.isSuspect || (this.#holdsSuspect && kept.size > 0),
      leaseMs: this.#options.leaseMs,
    });
    return claimed;
  }

  async #adopt(session: Session, own: OwnClaim, kept: ReadonlySet<JobId>): Promise<Claimed> {
    const jobs: ClaimedJob[] = await readJobs(
      session,
      own.jobs.filter((id) => !kept.has(id)),
    );
    return { ...emptyClaim, jobs, isSuspect: own.isSuspect && jobs.length > 0 };
  }

  #retrying<T>(work: () => Promise<T>): Promise<T> {
    return retrying(work, { outageMs, onConflict: this.#options.onConflict });
  }
}
