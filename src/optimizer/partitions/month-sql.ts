import { quoteName } from '../../database/identifiers.ts';
import type { MonthForm, MonthlyTable } from './monthly-table.ts';
import { firstDayOf, monthName } from './months.ts';
import type { Month } from './months.ts';

/** Adds the months up to and including `last` behind those that are there; null when none is missing. */
export function addMonthsSql(table: MonthlyTable, last: Month): string | null {
  const added = missingMonths(table, last).map((month) => partitionSql(table, month));
  if (added.length === 0) return null;
  const name = quoteName(table.table);
  if (table.catchAll === null) return `ALTER TABLE ${name} ADD PARTITION (${added.join(', ')})`;
  const catchAll = quoteName(table.catchAll);
  const parts = [...added, `PARTITION ${catchAll} VALUES LESS THAN (MAXVALUE)`];
  return `ALTER TABLE ${name} REORGANIZE PARTITION ${catchAll} INTO (${parts.join(', ')})`;
}

/** Drops partitions with their rows; null for none. */
export function dropPartitionsSql(
  { table }: MonthlyTable,
  partitions: readonly { name: string }[],
): string | null {
  if (partitions.length === 0) return null;
  const names = partitions.map(({ name }) => quoteName(name)).join(', ');
  return `ALTER TABLE ${quoteName(table)} DROP PARTITION ${names}`;
}

/** Months that no partition of their own holds yet, from behind the last one on. */
export function missingMonths(table: MonthlyTable, last: Month): Month[] {
  const from = table.partitions.at(-1)?.before ?? last + 1;
  return Array.from({ length: Math.max(0, last - from + 1) }, (_, i) => from + i);
}

/** Behind the months: everything later, so that no row is refused. */
export const catchAllName = 'pmax';

/**
 * The partitions of a new table: the months from the first to the last one and one for everything later. Older rows
 * fall into the first; it is called `p_before` where they are more than its month.
 */
export function monthsSql(
  form: MonthForm,
  months: { first: Month; last: Month; hasOlder: boolean },
): string {
  const { first, last, hasOlder } = months;
  const partition = (name: string, before: Month): string =>
    `PARTITION ${quoteName(name)} VALUES LESS THAN (${boundSql(form, before)})`;
  const parts = Array.from({ length: last - first + 1 }, (_, i) =>
    partition(plainName(first + i), first + i + 1),
  );
  const before = hasOlder ? [partition('p_before', first)] : [];
  return [
    ...before,
    ...parts,
    `PARTITION ${quoteName(catchAllName)} VALUES LESS THAN (MAXVALUE)`,
  ].join(', ');
}

/** `RANGE COLUMNS (`seen_at`)`; a TIMESTAMP needs its number, as its months depend on the time zone else. */
export function partitionBySql(form: MonthForm, column: string): string {
  const name = quoteName(column);
  if (form === 'columns') return `RANGE COLUMNS (${name})`;
  return form === 'to-days' ? `RANGE (TO_DAYS(${name}))` : `RANGE (UNIX_TIMESTAMP(${name}))`;
}

/** The partition of one month: `PARTITION p2026_11 VALUES LESS THAN ('2026-12-01')`. */
function partitionSql(table: MonthlyTable, month: Month): string {
  const name = quoteName(freeName(table, month));
  return `PARTITION ${name} VALUES LESS THAN (${boundSql(table.form, month + 1)})`;
}

function freeName(table: MonthlyTable, month: Month): string {
  const taken = new Set([...table.partitions.map(({ name }) => name), table.catchAll]);
  const name = plainName(month);
  return taken.has(name) ? `${name}_next` : name;
}

function plainName(month: Month): string {
  return `p${monthName(month).replace('-', '_')}`;
}

/** The session's time zone is UTC: UNIX_TIMESTAMP() of a written moment is that of UTC. */
function boundSql(form: MonthForm, before: Month): string {
  const day = `'${firstDayOf(before)}'`;
  if (form === 'columns') return day;
  return form === 'to-days'
    ? `TO_DAYS(${day})`
    : `UNIX_TIMESTAMP('${firstDayOf(before)} 00:00:00')`;
}
