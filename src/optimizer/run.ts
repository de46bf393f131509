import type { Config } from '../config/settings/index.ts';
import { migrate } from '../database/migrate.ts';
import type { Database, PinnedSession } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import { Journal } from './journal.ts';
import { ProofBudget } from './proof-budget.ts';
import { openLockedSession } from './run-lock.ts';
import { ShadowCopies } from './shadow/copies.ts';

export interface RunOptions {
  readonly settings: Config['optimizer'];
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
  /** Nobody waits for it: proofs may take longer, so that the server hardly notices. Default false. */
  readonly isUnattended?: boolean;
}

/** The one run that may change this database now. It holds one connection, and takes a second for each ALTER. */
export interface Run extends AsyncDisposable, RunOptions {
  readonly database: Database;
  readonly session: PinnedSession;
  readonly journal: Journal;
  readonly budget: ProofBudget;
  /** Copies of large tables; dropped when the run ends, however it ends. */
  readonly shadows: ShadowCopies;
}

/** The part of the wall time that the server may spend on timed statements while nobody waits. */
const unattendedShare = 0.1;

/**
 * @throws ScalectlError `refused` (77) on a read-only server, `privilege-missing` (77) when the journal cannot be
 *   made, `lock-held` (75) while another run works
 */
export async function openRun(database: Database, options: RunOptions): Promise<Run> {
  await refuseReadOnly(database);
  await migrate(database, 'optimizer');
  const session = await openLockedSession(database);
  const journal = new Journal(session);
  const shadows = new ShadowCopies({ database, session, journal, ...options });
  return {
    ...options,
    database,
    session,
    journal,
    shadows,
    budget: new ProofBudget({
      maxMs: options.settings.maxTime,
      share: options.isUnattended === true ? unattendedShare : null,
    }),
    [Symbol.asyncDispose]: async () => {
      await using _session = session;
      await shadows.drop();
    },
  };
}

/**
 * Also for accounts that the server would let write: a replica that differs from its source breaks.
 * @throws ScalectlError `refused`
 */
export async function refuseReadOnly(database: Database): Promise<void> {
  const [row] = await database.read<{ readOnly: unknown; innodbReadOnly: unknown }>(
    '/* scalectl:optimize-db */ SELECT @@global.read_only AS readOnly, @@global.innodb_read_only AS innodbReadOnly',
  );
  const isOff = (value: unknown): boolean => ['0', 'OFF'].includes(String(value).toUpperCase());
  if (row && isOff(row.readOnly) && isOff(row.innodbReadOnly)) return;
  throw new ScalectlError('refused', 'this server is read-only; it may be a replica', {
    hint: 'Run it on the server that replicates to this one. scalectl optimize-db plan works here too.',
  });
}
