import { quoteName } from '../../../database/identifiers.ts';
import { ownRows } from '../../evidence/not-workload.ts';
import type { Database, Session } from '../../../database/types.ts';
import { ScalectlError } from '../../../errors.ts';
import { inspectTable } from '../../inspect.ts';
import type { Column, Table } from '../../schema.ts';
import { blockersOf, dateColumnOf } from '../judge.ts';
import type { PartitionBlocker } from '../judge.ts';
import type { MonthForm } from '../monthly-table.ts';
import { readPartitionedTables } from '../monthly-table.ts';
import { readServerTime } from '../maintain.ts';
import { monthName } from '../months.ts';
import { conversionClauses } from './clauses.ts';
import { readMonthRange } from './month-range.ts';
import type { MonthRange } from './month-range.ts';
import { lookupPrice, priceOf } from './price.ts';
import type { Price } from './price.ts';

/** What a conversion would do with a table, and what it costs. */
export interface ConversionPlan {
  readonly table: string;
  readonly column: string;
  /** The table has monthly partitions already: nothing is to be done. */
  readonly isConverted: boolean;
  /** The engine's estimate. */
  readonly rows: number;
  /** `2024-03`; both null where the table is converted, or cannot be. */
  readonly firstMonth: string | null;
  readonly lastMonth: string | null;
  readonly partitions: number;
  /** What the table loses, each by the name that `--give-up` takes. */
  readonly price: readonly Price[];
  /** What stands against it and cannot be given up. */
  readonly blockers: readonly string[];
  /** What is to be known of it. */
  readonly notes: readonly string[];
  /** The one statement that does it where the table may be locked meanwhile. */
  readonly sql: readonly string[];
}

/** A plan with what it was made from, for the run that does it. */
export interface Conversion {
  readonly plan: ConversionPlan;
  readonly source: Table;
  readonly form: MonthForm;
  readonly range: MonthRange;
  /** The changes behind `ALTER TABLE name`, without the foreign keys. */
  readonly clauses: string;
  /** A column that may be NULL becomes NOT NULL. */
  readonly endsNull: boolean;
}

export interface ConversionOptions {
  readonly table: string;
  /** The column that months are told by; the one that says when a row came to be when left out. */
  readonly by: string | null;
  readonly giveUp: readonly string[];
  /** Months behind the current one that get a partition at once. */
  readonly ahead: number;
  readonly signal: AbortSignal;
}

const givenUpKinds = new Set<PartitionBlocker['kind']>([
  'foreign-key',
  'referenced-by',
  'unique-without-date',
  'nullable-date',
]);

/**
 * Says what a conversion of a table to monthly partitions would do. Reads only.
 * @throws ScalectlError `not-found` without such a table or column, `usage` for a name to give up that it has not
 */
export async function planConversion(
  database: Database,
  session: Session,
  options: ConversionOptions,
): Promise<Conversion> {
  const { flavor, target } = database;
  const context = { database: target.database, flavor, signal: options.signal };
  const source = await inspectTable(session, context, options.table);
  if (!source) {
    throw new ScalectlError('not-found', `there is no table ${options.table}`, {
      hint: 'scalectl optimize-db partitions list names the tables with a date.',
    });
  }
  const column = chooseColumn(source, options.by);
  const form = formOf(column);
  const { monthly } = await readPartitionedTables(session, target.database);
  const known = monthly.find(({ table }) => table === source.name);
  const found = blockersOf(source, column);
  // A table that is converted has lost what had to be given up.
  const price = known ? [] : priceOf(source, column, found, options.giveUp);
  const hard = found.filter(({ kind }) => !givenUpKinds.has(kind));
  const blockers = hard.filter(({ kind }) => isHard(kind)).map(({ message }) => message);
  const notes = hard.filter(({ kind }) => !isHard(kind)).map(({ message }) => message);
  const base = { table: source.name, column: column.name, rows: source.rows, price, notes };
  const range = { first: 0, last: 0, hasOlder: false };
  const nothing = { source, form, range, clauses: '', endsNull: false };
  const empty = { firstMonth: null, lastMonth: null, partitions: 0, sql: [] };
  if (known) {
    return {
      ...nothing,
      plan: { ...base, ...empty, column: known.column, isConverted: true, notes: [], blockers: [] },
    };
  }
  const nulls = column.isNullable ? await countNulls(session, source, column, options.signal) : 0;
  if (nulls > 0) {
    const rows = nulls === 1 ? '1 row has' : `${nulls} rows have`;
    blockers.push(`${rows} no ${column.name}: give them one first`);
  }
  if (blockers.length > 0) {
    return { ...nothing, plan: { ...base, ...empty, isConverted: false, blockers } };
  }
  return complete(session, { source, column, form, base }, options);
}

async function complete(
  session: Session,
  given: {
    source: Table;
    column: Column;
    form: MonthForm;
    base: Pick<ConversionPlan, 'table' | 'column' | 'rows' | 'price' | 'notes'>;
  },
  { ahead, signal }: ConversionOptions,
): Promise<Conversion> {
  const { source, column, form, base } = given;
  const now = await readServerTime(session);
  const range = await readMonthRange(session, source.name, column.name, { ahead, now, signal });
  const [definition] = await session.read<Record<string, string>>(
    `/* scalectl:optimize-db */ SHOW CREATE TABLE ${quoteName(source.name)}`,
  );
  const clauses = conversionClauses(source, column, definition?.['Create Table'] ?? '', {
    form,
    range,
  });
  const drops = source.foreignKeys.map(({ name }) => `DROP FOREIGN KEY ${quoteName(name)}, `);
  return {
    source,
    form,
    range,
    clauses,
    endsNull: column.isNullable,
    plan: {
      ...base,
      notes: [...base.notes, lookupPrice(column.name)],
      isConverted: false,
      firstMonth: monthName(range.first),
      lastMonth: monthName(range.last),
      partitions: range.last - range.first + 2 + (range.hasOlder ? 1 : 0),
      blockers: [],
      sql: [`ALTER TABLE ${quoteName(source.name)} ${drops.join('')}${clauses}`],
    },
  };
}

/** Bounds of a DATE or DATETIME are written as they stand, those of a TIMESTAMP as a number. */
export function formOf(column: Column): MonthForm {
  return column.dataType === 'timestamp' ? 'unix-timestamp' : 'columns';
}

function isHard(kind: PartitionBlocker['kind']): boolean {
  return kind !== 'timestamp' && kind !== 'numbered-key';
}

function chooseColumn(table: Table, by: string | null): Column {
  const chosen =
    by === null ? dateColumnOf(table) : table.columns.find((column) => column.name === by);
  if (chosen && ['date', 'datetime', 'timestamp'].includes(chosen.dataType)) return chosen;
  const what = by === null ? 'no column with a date' : `no date column ${by}`;
  throw new ScalectlError('not-found', `${table.name} has ${what}`, {
    hint: 'Months are told by a DATE, DATETIME or TIMESTAMP column; --by COLUMN names it.',
  });
}

async function countNulls(
  session: Session,
  table: Table,
  column: Column,
  signal: AbortSignal,
): Promise<number> {
  const [row] = await session.read<{ found: number | string }>(
    `/* scalectl:optimize-db */ SELECT COUNT(*) AS found FROM ${quoteName(table.name)} ${ownRows}
     WHERE ${quoteName(column.name)} IS NULL`,
    [],
    { timeoutMs: 0, signal },
  );
  return Number(row?.found ?? 0);
}
