import { quoteName } from '../../database/identifiers.ts';
import type { Session } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';
import { alterOnline } from '../change.ts';
import type { Run } from '../run.ts';
import { addMonthsSql, missingMonths } from './month-sql.ts';
import { readPartitionedTables } from './monthly-table.ts';
import type { MonthlyTable, OtherPartitioned } from './monthly-table.ts';
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
  /** `ok`: nothing to do. `blocked`: it cannot be done; `reason` says why. */
  readonly status: 'ok' | 'proposed' | 'applied' | 'blocked';
  readonly reason: string | null;
  readonly sql: readonly string[];
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
  return { tables, others };
}

/**
 * Adds the coming months where they are missing. A partition for everything later is split while it is empty, which
 * moves no row. One that holds rows is left alone and told: splitting it copies them while the table is locked.
 */
export async function maintainPartitions(
  run: Run,
  options: MaintainOptions,
): Promise<MaintainResult> {
  const planned = await planMaintenance(run.session, run.database.target.database, options);
  const tables: MaintainedTable[] = [];
  for (const table of planned.tables) {
    tables.push(table.status === 'proposed' ? await apply(run, table) : table);
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
  { ahead, now }: MaintainOptions,
): Promise<MaintainedTable> {
  const last: Month = monthOf(now) + ahead;
  const sql = addMonthsSql(table, last);
  const catchAllRows = await countCatchAll(session, table);
  const facts = {
    table: table.table,
    column: table.column,
    partitions: table.partitions.length + (table.catchAll === null ? 0 : 1),
    lastMonth: monthName((table.partitions.at(-1)?.before ?? 1) - 1),
    catchAllRows,
    months: missingMonths(table, last).map(monthName),
    sql: sql === null ? [] : [sql],
  };
  if (catchAllRows !== null && catchAllRows > 0) {
    const rows =
      catchAllRows >= mostCounted ? `${mostCounted} rows and more` : `${catchAllRows} rows`;
    return {
      ...facts,
      status: 'blocked',
      reason: `${rows} sit in ${table.catchAll}, behind the last month: they came before their partition did`,
      // Also when no month is missing: the rows belong into months that have none.
      sql: facts.sql,
    };
  }
  return { ...facts, status: sql === null ? 'ok' : 'proposed', reason: null };
}

async function countCatchAll(session: Session, table: MonthlyTable): Promise<number | null> {
  if (table.catchAll === null) return null;
  const [row] = await session.read<{ found: number }>(
    `/* scalectl:optimize-db */ SELECT COUNT(*) AS found FROM
     (SELECT 1 FROM ${quoteName(table.table)} PARTITION (${quoteName(table.catchAll)}) LIMIT ${mostCounted}) counted`,
  );
  return Number(row?.found ?? 0);
}

async function apply(run: Run, table: MaintainedTable): Promise<MaintainedTable> {
  const { signal } = run;
  run.onProgress(`adding ${table.months.length} months to ${table.table}`);
  try {
    for (const sql of table.sql) await alterOnline(run.database, sql, 'usual', { signal });
    return { ...table, status: 'applied', lastMonth: table.months.at(-1) ?? table.lastMonth };
  } catch (error) {
    if (!(error instanceof ScalectlError) || signal.aborted) throw error;
    return { ...table, status: 'blocked', reason: error.message };
  }
}
