import writeFileAtomic from 'write-file-atomic';
import { migrate } from '../../database/migrate.ts';
import type { Database } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';
import { formatMs, plural } from '../../output/text.ts';
import { refuseReadOnly } from '../run.ts';
import type { ObservedForm } from './fold.ts';
import { observe } from './observe.ts';
import type { Observation, ObserveOptions } from './observe.ts';
import { ObservationStore, purgeObservations } from './store.ts';

/** Where an observation stays: in scalectl's own table, in a file that --workload takes, or nowhere. */
export type Keeping = { kind: 'table' } | { kind: 'file'; file: string } | { kind: 'nowhere' };

export interface KeptObservation extends Observation {
  /** Forms of SELECT that were kept: those that a plan can use. */
  readonly kept: number;
}

/**
 * Observes, and keeps the SELECTs that were seen; also when it is ended early. Whether they can be kept is found out
 * first: nobody waits ten minutes for a missing privilege.
 * @throws ScalectlError `privilege-missing` or `refused` (77) where no table can be made, `operation-failed` when the
 *   file cannot be written
 */
export async function observeAndKeep(
  database: Database,
  keeping: Keeping,
  options: Omit<ObserveOptions, 'keep'>,
): Promise<KeptObservation> {
  const save = await openKeeping(database, keeping);
  const keep = (forms: readonly ObservedForm[]): Promise<void> =>
    save(forms.filter(({ isRead }) => isRead));
  const observation = await observe(database, { ...options, keep });
  // Also after a failure: the connection that observed is gone, but the next one may work.
  await keep(observation.forms);
  const reads = observation.forms.filter(({ isRead }) => isRead).length;
  return { ...observation, kept: keeping.kind === 'nowhere' ? 0 : reads };
}

/** @returns what keeps the whole observation until now in place of what it kept before */
async function openKeeping(
  database: Database,
  keeping: Keeping,
): Promise<(forms: readonly ObservedForm[]) => Promise<void>> {
  switch (keeping.kind) {
    case 'table': {
      await prepareTable(database);
      const store = new ObservationStore(database);
      return (forms) => store.save(forms);
    }
    case 'file':
      await writeObservation(keeping.file, []);
      return (forms) => writeObservation(keeping.file, forms);
    case 'nowhere':
      return () => Promise.resolve();
  }
}

async function prepareTable(database: Database): Promise<void> {
  try {
    await refuseReadOnly(database);
    await migrate(database, 'observations');
    await purgeObservations(database);
  } catch (error) {
    const isNotAllowed =
      error instanceof ScalectlError && ['privilege-missing', 'refused'].includes(error.code);
    if (!isNotAllowed) throw error;
    throw new ScalectlError(error.code, `what is observed cannot be stored: ${error.message}`, {
      hint: 'Keep it in a file: --out FILE. A plan takes it with --workload FILE.',
      cause: error,
    });
  }
}

/** Only the owner may read it: the statements hold values. */
async function writeObservation(file: string, forms: readonly ObservedForm[]): Promise<void> {
  const parts = forms.flatMap((form) => [
    `-- seen running ${plural(form.samples, 'time')} in ${plural(form.executions, 'execution')}, about ${formatMs(form.totalMs)} (sampled)`,
    // A line of its own: a statement may end with a comment.
    ...form.statements.map((statement) => `${statement}\n;`),
  ]);
  try {
    await writeFileAtomic(
      file,
      ['-- scalectl optimize-db observe: statements with their values', ...parts, ''].join('\n'),
      { mode: 0o600 },
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ScalectlError('operation-failed', `cannot write ${file}: ${why}`, { cause: error });
  }
}
