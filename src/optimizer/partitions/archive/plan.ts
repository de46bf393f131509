import { quoteName } from '../../../database/identifiers.ts';
import { ownRows } from '../../evidence/not-workload.ts';
import type { Database, Session } from '../../../database/types.ts';
import { ScalectlError } from '../../../errors.ts';
import { inspectSchema } from '../../inspect.ts';
import type { Column, Table } from '../../schema.ts';
import { dateColumnOf } from '../judge.ts';
import { readServerTime } from '../maintain.ts';
import { firstDayOf, monthOf } from '../months.ts';
import { whyNotInto } from './archive-table.ts';
import { familyOf } from './family.ts';
import type { Member } from './family.ts';
import { conditionOf } from './condition.ts';

/** What would be moved, or was. */
export interface ArchivePlan {
  readonly table: string;
  readonly into: string;
  readonly column: string;
  /** Rows before this day (UTC) are old: `2024-11-01`. */
  readonly cutoff: string;
  readonly rows: number;
  /** What points at the old rows, and goes with them. */
  readonly children: readonly {
    readonly table: string;
    readonly into: string;
    readonly rows: number;
  }[];
}

export interface Archiving {
  readonly plan: ArchivePlan;
  readonly date: Column;
  readonly members: readonly Member[];
  /** Archive table by table. */
  readonly into: ReadonlyMap<string, string>;
  readonly now: Date;
}

export interface ArchiveOptions {
  readonly table: string;
  readonly by: string | null;
  /** Name of the archive table; `<table>_archive` when left out. */
  readonly into: string | null;
  readonly olderThanMonths: number;
  readonly signal: AbortSignal;
}

/**
 * Finds the rows that are old, and what points at them. Reads only.
 * @throws ScalectlError `not-found` without such a table or date, `refused` naming what cannot be moved
 */
export async function planArchive(
  database: Database,
  session: Session,
  options: ArchiveOptions,
): Promise<Archiving> {
  const { flavor, target } = database;
  const { signal } = options;
  const schema = await inspectSchema(session, { database: target.database, flavor, signal });
  const root = schema.tables.get(options.table);
  if (!root) throw new ScalectlError('not-found', `there is no table ${options.table}`);
  const date = chooseDate(root, options.by);
  const members = familyOf(schema, root);
  await refuseOutsiders(session, target.database, members);
  await refuseTriggers(session, members);
  const into = new Map(
    members.map(({ table }) => [
      table.name,
      table === root && options.into !== null ? options.into : `${table.name}_archive`,
    ]),
  );
  for (const { table } of members) {
    const name = into.get(table.name) ?? '';
    const problem = await whyNotInto(session, schema, table, name);
    if (problem !== null)
      throw new ScalectlError('refused', problem.message, { hint: problem.hint });
  }
  const now = await readServerTime(session);
  const cutoff = firstDayOf(monthOf(now) - options.olderThanMonths);
  const rows: { table: string; into: string; rows: number }[] = [];
  for (const { table } of members) {
    const count = await countOld(session, { members, date, cutoff, signal }, table.name);
    rows.push({ table: table.name, into: into.get(table.name) ?? '', rows: count });
  }
  const [first, ...children] = rows;
  return {
    date,
    members,
    into,
    now,
    plan: {
      table: root.name,
      into: first?.into ?? '',
      column: date.name,
      cutoff,
      rows: first?.rows ?? 0,
      children,
    },
  };
}

/** Rows that are old, or that hang on old ones. */
export async function countOld(
  session: Session,
  given: { members: readonly Member[]; date: Column; cutoff: string; signal: AbortSignal },
  table: string,
): Promise<number> {
  const { sql, values } = conditionOf(given.members, table, given.date.name, given.cutoff);
  const [row] = await session.read<{ found: number | string }>(
    `/* scalectl:optimize-db */ SELECT COUNT(*) AS found FROM ${quoteName(table)} ${ownRows} WHERE ${sql}`,
    values,
    { timeoutMs: 0, signal: given.signal },
  );
  return Number(row?.found ?? 0);
}

function chooseDate(table: Table, by: string | null): Column {
  const column = by === null ? dateColumnOf(table) : table.columns.find(({ name }) => name === by);
  if (column && ['date', 'datetime', 'timestamp'].includes(column.dataType)) return column;
  const what = by === null ? 'no column with a date' : `no date column ${by}`;
  throw new ScalectlError('not-found', `${table.name} has ${what}`, {
    hint: 'Old rows are told by a DATE, DATETIME or TIMESTAMP column; --by COLUMN names it.',
  });
}

/** A table of another database that points here would lose its rows, or hold ours. */
async function refuseOutsiders(
  session: Session,
  database: string,
  members: readonly Member[],
): Promise<void> {
  const [key] = await session.read<{ name: string; table: string; schema: string }>(
    `/* scalectl:optimize-db */ SELECT CONSTRAINT_NAME AS name, TABLE_NAME AS \`table\`, TABLE_SCHEMA AS \`schema\`
     FROM information_schema.KEY_COLUMN_USAGE
     WHERE REFERENCED_TABLE_SCHEMA = ? AND TABLE_SCHEMA <> ? AND REFERENCED_TABLE_NAME IN (?) LIMIT 1`,
    [database, database, members.map(({ table }) => table.name)],
  );
  if (!key) return;
  throw new ScalectlError(
    'refused',
    `the foreign key ${key.name} of ${key.table} in the database ${key.schema} points at rows that would be moved`,
    { hint: 'Only tables of one database are archived together.' },
  );
}

/** A trigger takes the moving of a row for its end: it would, say, put goods back on the shelf. */
async function refuseTriggers(session: Session, members: readonly Member[]): Promise<void> {
  const [trigger] = await session.read<{ name: string; table: string }>(
    `/* scalectl:optimize-db */ SELECT TRIGGER_NAME AS name, EVENT_OBJECT_TABLE AS \`table\`
     FROM information_schema.TRIGGERS
     WHERE TRIGGER_SCHEMA = DATABASE() AND EVENT_MANIPULATION = 'DELETE' AND EVENT_OBJECT_TABLE IN (?)
     ORDER BY TRIGGER_NAME LIMIT 1`,
    [members.map(({ table }) => table.name)],
  );
  if (!trigger) return;
  throw new ScalectlError(
    'refused',
    `the trigger ${trigger.name} would take each row that is moved out of ${trigger.table} for a deleted one`,
    { hint: 'Drop the trigger for the time of the archiving, if that is right.' },
  );
}
