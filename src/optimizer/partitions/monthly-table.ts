import type { Session } from '../../database/types.ts';
import { ownTablePattern } from '../../database/identifiers.ts';
import { monthThatBeginsAt } from './months.ts';
import type { Month } from './months.ts';

/** How a table tells its months: the date itself, or a number made from it. */
export type MonthForm = 'columns' | 'unix-timestamp' | 'to-days';

/** A table that is partitioned by month already, whoever did it. */
export interface MonthlyTable {
  readonly table: string;
  /** The date column. */
  readonly column: string;
  readonly form: MonthForm;
  /** In their order, without the catch-all. */
  readonly partitions: readonly MonthlyPartition[];
  /** The partition of everything later (MAXVALUE); null where a later row is an error. */
  readonly catchAll: string | null;
}

export interface MonthlyPartition {
  readonly name: string;
  /** It holds rows before the first day of this month. */
  readonly before: Month;
  /** The engine's estimate. */
  readonly rows: number;
}

/** A partitioned table whose partitions are not months. */
export interface OtherPartitioned {
  readonly table: string;
  readonly reason: string;
}

interface PartitionRow {
  table: string;
  name: string;
  method: string;
  expression: string | null;
  description: string | null;
  subpartition: string | null;
  rows: number;
}

/** All partitioned tables of a database but scalectl's own. */
export async function readPartitionedTables(
  session: Session,
  database: string,
): Promise<{ monthly: MonthlyTable[]; others: OtherPartitioned[] }> {
  const rows = await session.read<PartitionRow>(
    `/* scalectl:optimize-db */ SELECT TABLE_NAME AS \`table\`, PARTITION_NAME AS name, PARTITION_METHOD AS method,
       PARTITION_EXPRESSION AS expression, PARTITION_DESCRIPTION AS description,
       SUBPARTITION_NAME AS subpartition, CAST(TABLE_ROWS AS SIGNED) AS \`rows\`
     FROM information_schema.PARTITIONS
     WHERE TABLE_SCHEMA = ? AND PARTITION_NAME IS NOT NULL AND TABLE_NAME NOT LIKE ?
     ORDER BY TABLE_NAME, PARTITION_ORDINAL_POSITION`,
    [database, ownTablePattern],
  );
  const byTable = new Map<string, PartitionRow[]>();
  for (const row of rows) byTable.set(row.table, [...(byTable.get(row.table) ?? []), row]);
  const monthly: MonthlyTable[] = [];
  const others: OtherPartitioned[] = [];
  for (const [table, partitions] of byTable) {
    const read = readMonthlyTable(table, partitions);
    if ('reason' in read) others.push(read);
    else monthly.push(read);
  }
  return { monthly, others };
}

/** @param rows the partitions in their order; exported for its unit test */
export function readMonthlyTable(
  table: string,
  rows: readonly PartitionRow[],
): MonthlyTable | OtherPartitioned {
  const [first] = rows;
  if (!first) return { table, reason: 'it has no partitions' };
  if (first.subpartition !== null) return { table, reason: 'it has subpartitions' };
  const key = readKey(first);
  if (!key) {
    return {
      table,
      reason: `partitioned by ${first.method} (${first.expression ?? ''}), not by months`,
    };
  }
  const isLast = (row: PartitionRow): boolean => row.description?.toUpperCase() === 'MAXVALUE';
  const partitions: MonthlyPartition[] = [];
  for (const row of rows.filter((each) => !isLast(each))) {
    const before = readBound(key.form, row.description ?? '');
    if (before === null) {
      return { table, reason: `partition ${row.name} does not end at a month (UTC)` };
    }
    partitions.push({ name: row.name, before, rows: Number(row.rows) });
  }
  if (partitions.length === 0) return { table, reason: 'it has no partition but the last one' };
  return { table, ...key, partitions, catchAll: rows.find(isLast)?.name ?? null };
}

/** MariaDB and MySQL write the expression with quoted names and functions in lower case. */
function readKey({ method, expression }: PartitionRow): { column: string; form: MonthForm } | null {
  const name = '`((?:[^`]|``)+)`';
  const text = expression ?? '';
  const forms: [MonthForm, string, RegExp][] = [
    ['columns', 'RANGE COLUMNS', new RegExp(`^${name}$`)],
    ['unix-timestamp', 'RANGE', new RegExp(`^unix_timestamp\\(${name}\\)$`, 'i')],
    ['to-days', 'RANGE', new RegExp(`^to_days\\(${name}\\)$`, 'i')],
  ];
  for (const [form, wanted, pattern] of forms) {
    const column = method === wanted ? pattern.exec(text)?.[1] : undefined;
    if (column !== undefined) return { column: column.replaceAll('``', '`'), form };
  }
  return null;
}

/** TO_DAYS('1970-01-01'), by MySQL's manual. */
const daysBeforeUnix = 719_528;

function readBound(form: MonthForm, description: string): Month | null {
  if (form === 'columns') {
    const match = /^'(\d{4}-\d\d-\d\d)(?: 00:00:00(?:\.0+)?)?'$/.exec(description);
    return match ? monthThatBeginsAt(new Date(`${match[1]}T00:00:00Z`)) : null;
  }
  if (!/^\d+$/.test(description)) return null;
  const number = Number(description);
  const seconds = form === 'unix-timestamp' ? number : (number - daysBeforeUnix) * 86_400;
  return monthThatBeginsAt(new Date(seconds * 1000));
}
