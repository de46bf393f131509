import { quoteName } from '../../../database/identifiers.ts';
import { migrate } from '../../../database/migrate.ts';
import { isServerError } from '../../../database/server-errors.ts';
import type { Login } from '../../../database/target.ts';
import { ScalectlError } from '../../../errors.ts';
import { describeBlockers } from '../../blockers.ts';
import { alterOnline } from '../../change.ts';
import type { Run } from '../../run.ts';
import { readPartitionedTables } from '../monthly-table.ts';
import { firstDayOf, monthName } from '../months.ts';
import { Changes } from './changes.ts';
import type { Change } from './changes.ts';
import { dropKeys, readKeys } from './foreign-keys.ts';
import type { ConversionMethod } from './method.ts';
import { copyOnline } from './online.ts';
import type { Conversion } from './plan.ts';
import { lookupPrice } from './price.ts';
import { undo } from './undo.ts';

export interface ConversionOutcome {
  /** Rows that were compared before the swap; null where the server rewrote the table by itself. */
  readonly comparedRows: number | null;
  readonly durationMs: number;
}

/**
 * Gives a table monthly partitions, as planned. Every step is written into the journal first; what fails is undone
 * at once, what is killed by the next run.
 * @throws ScalectlError `refused` where something is not given up; what the server or the copying tool said
 */
export async function convertTable(
  run: Run,
  conversion: Conversion,
  method: ConversionMethod,
  login: Login,
): Promise<ConversionOutcome> {
  refuseUnpaid(conversion);
  const startedAt = performance.now();
  await migrate(run.database, 'partitions');
  const { source } = conversion;
  const changes = new Changes(run.session);
  const keys = await readKeys(run.session, source);
  const change = await changes.begin(source.name, { keys, copier: null });
  let comparedRows: number | null = null;
  try {
    if (keys.length > 0) run.onProgress(`dropping the foreign keys of ${source.name}`);
    await dropKeys(run.database, keys, run.signal);
    if (method.kind === 'online') {
      comparedRows = await copyOnline(run, { changes, change, conversion, login, method });
    } else {
      await alterLocked(run, changes, change, conversion);
    }
    await expectPartitions(run, conversion);
  } catch (error) {
    // Whether the statement was done is not known: the next run looks.
    if (error instanceof ScalectlError && error.code === 'database-unreachable') throw error;
    await undo(run, changes, change.id);
    throw await withBlockers(run, source.name, error);
  }
  await changes.end(change.id, 'done', 'converted');
  return { comparedRows, durationMs: Math.round(performance.now() - startedAt) };
}

/**
 * What must be given up is never taken for granted.
 * @throws ScalectlError `refused` (77) naming each, and what it means
 */
export function refuseUnpaid({ plan }: Conversion): void {
  if (plan.blockers.length > 0) {
    throw new ScalectlError('refused', `${plan.table}: ${plan.blockers.join('; ')}`, {
      hint: 'scalectl optimize-db partitions list names all that stands against it.',
    });
  }
  const unpaid = plan.price.filter(({ isGivenUp }) => !isGivenUp);
  if (unpaid.length === 0) return;
  const flags = unpaid.map(({ name }) => `--give-up ${name}`).join(' ');
  throw new ScalectlError(
    'refused',
    `${plan.table} loses what may be needed: ${[...unpaid, { message: lookupPrice(plan.column) }].map(({ message }) => message).join('; ')}`,
    { hint: `To do it all the same, name each: ${flags}` },
  );
}

async function alterLocked(
  run: Run,
  changes: Changes,
  change: Change,
  { source, clauses }: Conversion,
): Promise<void> {
  run.onProgress(`rewriting ${source.name}; it can be read, and not be written`);
  await changes.setState(change.id, 'altering');
  await alterOnline(run.database, `ALTER TABLE ${quoteName(source.name)} ${clauses}`, 'usual', {
    signal: run.signal,
  });
}

/** The table as it is now must have each month that was planned. */
async function expectPartitions(run: Run, { source, range }: Conversion): Promise<void> {
  const { database } = run.database.target;
  const { monthly } = await readPartitionedTables(run.session, database);
  const found = monthly.find(({ table }) => table === source.name);
  const ends = new Set(found?.partitions.map(({ before }) => before));
  for (let month = range.first; month <= range.last; month += 1) {
    if (ends.has(month + 1)) continue;
    throw new ScalectlError(
      'operation-failed',
      `${source.name} has no partition for ${monthName(month)} after the conversion (until ${firstDayOf(month + 1)})`,
    );
  }
}

async function withBlockers(run: Run, table: string, error: unknown): Promise<unknown> {
  if (!isServerError(error, 'lockWaitTimeout')) return error;
  const { database } = run.database.target;
  const who = await describeBlockers(run.session, { database, table });
  return new ScalectlError(
    'operation-failed',
    `${table} stayed in use; it was tried several times, for one second each, and nothing was changed: ${who}`,
    { hint: 'Try again when that has ended.', cause: error },
  );
}
