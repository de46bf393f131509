import { quoteName } from '../../database/identifiers.ts';
import type { Session } from '../../database/types.ts';
import { findColumn, primaryKeyOf } from '../schema.ts';
import type { Table } from '../schema.ts';
import type { NoCopy } from './copies.ts';

/** Places of the primary key that rows are taken from, and the most rows of each. */
const windows = 200;
const rowsOfWindow = 250;
const mostBytes = 16 * 2 ** 20;
const mostMs = 10_000;
/** Fewer rows of a place say little about it. */
const leastRowsOfWindow = 20;
/**
 * How full the key must be, and the places that are read. Places lie evenly over the key, so in a key with gaps a
 * stretch of few rows would count as much as one of many; at four fifths, three tenths of the table at least are
 * like half of the copy.
 */
const leastDensity = 0.8;
/** The next place is so many further on: rows of all parts come early, and neighbours are not read at once. */
const stride = 61;

const integers = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'];

/** Whether a fair part of the rows can be copied without a lock on the table's own; null when it can. */
export async function whyNotSampled(session: Session, table: Table): Promise<NoCopy | null> {
  const not = (reason: string): NoCopy => ({ reason, isTold: false });
  if (table.engine.toLowerCase() !== 'innodb') return not('only InnoDB is read without locks');
  if (keyOf(table) === null) return not('its primary key is not one whole number');
  const rows = await session.read<{ Variable_name: string; Value: string }>(
    "/* scalectl:optimize-db */ SHOW SESSION VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format')",
  );
  const binlog = new Map(rows.map((row) => [row.Variable_name, row.Value.toUpperCase()]));
  return binlog.get('log_bin') === 'ON' && binlog.get('binlog_format') === 'STATEMENT'
    ? { reason: 'binlog_format is STATEMENT', isTold: true }
    : null;
}

function keyOf(table: Table): string | null {
  const parts = primaryKeyOf(table)?.parts ?? [];
  const column = findColumn(table, parts[0]?.column ?? '');
  return parts.length === 1 && column && integers.includes(column.dataType) ? column.name : null;
}

/**
 * Copies rows from places spread evenly over the primary key, in small statements.
 * @returns the number of rows, or why they are no fair sample
 */
export async function fillCopy(
  session: Session,
  table: Table,
  copy: string,
  signal: AbortSignal,
): Promise<number | NoCopy> {
  const not = (reason: string): NoCopy => ({ reason, isTold: false });
  const key = quoteName(keyOf(table) ?? '');
  const source = quoteName(table.name);
  const [range] = await session.read<{ least: string | null; most: string | null }>(
    `/* scalectl:optimize-db */ SELECT CAST(MIN(${key}) AS CHAR) AS least, CAST(MAX(${key}) AS CHAR) AS most FROM ${source}`,
    [],
    { signal },
  );
  const { least = null, most = null } = range ?? {};
  if (least === null || most === null) return not('it is empty');
  const first = BigInt(least);
  const span = BigInt(most) - first + 1n;
  if (table.rows / Number(span) < leastDensity) return not('its primary key has gaps');
  const rowBytes = Math.max(1, table.dataBytes / Math.max(1, table.rows));
  const limit = Math.min(rowsOfWindow, Math.floor(mostBytes / windows / rowBytes));
  if (limit < leastRowsOfWindow) return not('its rows are too long');
  const columns = table.columns
    .filter(({ generated }) => generated === null)
    .map(({ name }) => quoteName(name))
    .join(', ');
  const start = (i: number): bigint => first + (span * BigInt(i)) / BigInt(windows);
  const deadline = performance.now() + mostMs;
  let rows = 0;
  let asked = 0;
  for (let i = 0; i < windows; i += 1) {
    signal.throwIfAborted();
    if (performance.now() > deadline) return not('copying took too long');
    const place = (i * stride) % windows;
    const [from, to] = [start(place), start(place + 1)];
    // For the next statement alone: in it, rows are read without locks.
    await session.write(
      '/* scalectl:optimize-db */ SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
    );
    // A 0 would become the next AUTO_INCREMENT value.
    const { affectedRows } = await session.write(
      `/* scalectl:optimize-db */ INSERT INTO ${quoteName(copy)} (${columns})
       SELECT ${columns} FROM ${source}
       WHERE ${key} >= ${from} AND ${key} < ${to} AND ${key} <> 0 ORDER BY ${key} LIMIT ${limit}`,
    );
    rows += affectedRows;
    asked += Math.min(limit, Number(to - from));
  }
  return rows < asked * leastDensity ? not('its primary key has gaps') : rows;
}
