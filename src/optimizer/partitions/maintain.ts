import { quoteName } from '../../database/identifiers.ts';
import { ownRows } from '../evidence/not-workload.ts';
import type { Session } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { alterOnline } from '../change.ts';
import { exportAndDrop } from './export/export-and-drop.ts';
import type { Run } from '../run.ts';
import { addMonthsSql, dropPartitionsSql, missingMonths } from './month-sql.ts';
import { readPartitionedTables } from './monthly-table.ts';
import type { MonthlyPartition, MonthlyTable, OtherPartitioned } from './monthly-table.ts';
import { monthName, monthOf } from './months.ts';
import type { Month } from './months.ts';

export interface MaintainedTable {
  readonly table: string;
  readonly column: string;
  readonly partitions: number;
  /** Last month that has a partition of its own, `2027-02`. */
  readonly lastMonth: string;
  /** Rows in the partition of everything later, counted up to 1,000; null where there is no such partition. */
  readonly catchAllRows: number | null;
  /** Months that are added, `2027-03`. */
  readonly months: readonly string[];
  /** Partitions that are older than what is kept, and are dropped with their rows. */
  readonly expired: readonly ExpiredPartition[];
  /** `ok`: nothing to do. `blocked`: it cannot be done; `reason` says why. */
  readonly status: 'ok' | 'proposed' | 'applied' | 'blocked';
  readonly reason: string | null;
  readonly sql: readonly string[];
}

export interface ExpiredPartition {
  readonly name: string;
  /** It holds rows before this month: `2024-11`. */
  readonly before: string;
  /** The engine's estimate. */
  readonly rows: number;
  /** Where its rows were written before it was dropped; null where none was asked for, or not yet. */
  readonly file: string | null;
}

export interface MaintainResult {
  readonly tables: readonly MaintainedTable[];
  readonly others: readonly OtherPartitioned[];
}

export interface MaintainOptions {
  /** Months that must have a partition behind the current one. */
  readonly ahead: number;
  /** Months are counted from here: the database's clock. */
  readonly now: Date;
  /** Months to keep, by table; a table that is not named keeps all. */
  readonly retention?: Readonly<Record<string, number>>;
  /** Folder that old partitions are written to before they are dropped; null or left out: to none. */
  readonly exportTo?: string | null;
}

const mostCounted = 1000;

/** What the partitioned tables of a database need. Reads only. */
export async function planMaintenance(
  session: Session,
  database: string,
  options: MaintainOptions,
): Promise<MaintainResult> {
  const { monthly, others } = await readPartitionedTables(session, database);
  const tables: MaintainedTable[] = [];
  for (const table of monthly) tables.push(await judge(session, table, options));
  return { tables, others: [...others, ...unkept(options, { monthly, others })] };
}

/**
 * Adds the coming months where they are missing, and drops those that are older than what is kept. A partition for everything later is split while it is empty, which
 * moves no row. One that holds rows is left alone and told: splitting it copies them while the table is locked.
 */
export async function maintainPartitions(
  run: Run,
  options: MaintainOptions,
): Promise<MaintainResult> {
  const planned = await planMaintenance(run.session, run.database.target.database, options);
  const tables: MaintainedTable[] = [];
  for (const table of planned.tables) {
    tables.push(table.status === 'proposed' ? await apply(run, table, options) : table);
  }
  return { ...planned, tables };
}

/** The present by the server's clock. */
export async function readServerTime(session: Session): Promise<Date> {
  const [row] = await session.read<{ now: Date }>(
    '/* scalectl:optimize-db */ SELECT UTC_TIMESTAMP() AS now',
  );
  if (row) return row.now;
  throw new ScalectlError('statement-failed', 'the server does not tell its time');
}

async function judge(
  session: Session,
  table: MonthlyTable,
  options: MaintainOptions,
): Promise<MaintainedTable> {
  const { ahead, now } = options;
  const last: Month = monthOf(now) + ahead;
  const expired = expiredOf(table, options);
  const statements = [dropPartitionsSql(table, expired), addMonthsSql(table, last)];
  const sql = statements.filter((statement) => statement !== null);
  const facts = {
    table: table.table,
    column: table.column,
    partitions: table.partitions.length + (table.catchAll === null ? 0 : 1),
    lastMonth: monthName((table.partitions.at(-1)?.before ?? 1) - 1),
    months: missingMonths(table, last).map(monthName),
    expired: expired.map(({ name, before, rows }) => ({
      name,
      before: monthName(before),
      rows,
      file: null,
    })),
    sql,
  };
  const counted = await countCatchAll(session, table);
  if (typeof counted === 'string') {
    return { ...facts, catchAllRows: null, status: 'blocked', reason: counted };
  }
  const catchAllRows = counted;
  if (catchAllRows !== null && catchAllRows > 0) {
    const rows =
      catchAllRows >= mostCounted ? `${mostCounted} rows and more` : `${catchAllRows} rows`;
    return {
      ...facts,
      catchAllRows,
      status: 'blocked',
      reason: `${rows} sit in ${table.catchAll}, behind the last month: they came before their partition did`,
    };
  }
  return { ...facts, catchAllRows, status: sql.length === 0 ? 'ok' : 'proposed', reason: null };
}

/** Whole months that end before what is kept begins. A table must keep one partition. */
function expiredOf(
  table: MonthlyTable,
  { now, retention = {} }: MaintainOptions,
): MonthlyPartition[] {
  const months = Object.hasOwn(retention, table.table) ? retention[table.table] : undefined;
  if (months === undefined) return [];
  const expired = table.partitions.filter(({ before }) => before <= monthOf(now) - months);
  const isAll = expired.length === table.partitions.length && table.catchAll === null;
  return isAll ? expired.slice(0, -1) : expired;
}

/** Tables that shall lose their old months, and have none that could be dropped. */
function unkept(
  { retention = {} }: MaintainOptions,
  { monthly, others }: { monthly: readonly MonthlyTable[]; others: readonly OtherPartitioned[] },
): OtherPartitioned[] {
  const known = new Set([...monthly, ...others].map(({ table }) => table));
  return Object.keys(retention)
    .filter((table) => !known.has(table))
    .map((table) => ({
      table,
      reason: 'optimizer.partitions.retention names it, and it has no monthly partitions',
    }));
}

/** A sentence where it cannot be told. */
async function countCatchAll(
  session: Session,
  table: MonthlyTable,
): Promise<number | string | null> {
  try {
    return await countRows(session, table);
  } catch (error) {
    if (!(error instanceof ScalectlError) || !unreadable.has(error.code)) throw error;
    return `whether rows sit in ${table.catchAll} is not known: ${error.message}`;
  }
}

const unreadable = new Set<ErrorCode>(['privilege-missing', 'statement-timeout']);

async function countRows(session: Session, table: MonthlyTable): Promise<number | null> {
  if (table.catchAll === null) return null;
  const [row] = await session.read<{ found: number }>(
    `/* scalectl:optimize-db */ SELECT COUNT(*) AS found FROM
     (SELECT 1 FROM ${quoteName(table.table)} PARTITION (${quoteName(table.catchAll)}) ${ownRows} LIMIT ${mostCounted}) counted`,
  );
  return Number(row?.found ?? 0);
}

async function apply(
  run: Run,
  table: MaintainedTable,
  { exportTo = null }: MaintainOptions,
): Promise<MaintainedTable> {
  const { signal } = run;
  const files = new Map<string, string>();
  const withFiles = (): ExpiredPartition[] =>
    table.expired.map((each) => ({ ...each, file: files.get(each.name) ?? null }));
  run.onProgress(
    table.expired.length === 0
      ? `adding ${table.months.length} months to ${table.table}`
      : `dropping ${table.expired.length} old months of ${table.table}`,
  );
  try {
    const isExported = exportTo !== null && table.expired.length > 0;
    if (isExported) {
      const names = table.expired.map(({ name }) => name);
      await exportAndDrop(run, table.table, names, exportTo, (name, file) => files.set(name, file));
    }
    // The first statement drops what the export has dropped one by one.
    for (const sql of isExported ? table.sql.slice(1) : table.sql) {
      await alterOnline(run.database, sql, 'usual', { signal });
    }
    const lastMonth = table.months.at(-1) ?? table.lastMonth;
    return { ...table, expired: withFiles(), status: 'applied', lastMonth };
  } catch (error) {
    if (!(error instanceof ScalectlError) || signal.aborted) throw error;
    return { ...table, expired: withFiles(), status: 'blocked', reason: error.message };
  }
}
