import { findColumn, primaryKeyOf } from './schema.ts';
import type { IndexPart, Table } from './schema.ts';

/** Bytes of a value in an InnoDB index; types that are not here have a length of their own or are near 8. */
const fixedBytes: Readonly<Record<string, number>> = {
  tinyint: 1,
  year: 1,
  smallint: 2,
  enum: 2,
  mediumint: 3,
  date: 3,
  time: 3,
  int: 4,
  float: 4,
  timestamp: 4,
  datetime: 5,
  bigint: 8,
  double: 8,
};
/** Header, page directory and pointers of a record, and that a sorted build leaves a sixteenth of each page free. */
const overhead = { recordBytes: 13, fill: 15 / 16 };

/**
 * Estimates the size of a BTREE index before it is built: its columns and the primary key for each row. Texts are
 * counted with their longest value, and all together with no more than the row has on average.
 * @returns bytes; for InnoDB, and an upper bound rather than a mean
 */
export function estimateIndexBytes(table: Table, parts: readonly IndexPart[]): number {
  const rowBytes = table.dataBytes / Math.max(1, table.rows);
  const keyed = [...parts, ...(primaryKeyOf(table)?.parts ?? [])];
  const columns = new Map(keyed.map((part) => [part.column, part]));
  const wanted = [...columns.values()].reduce((sum, part) => sum + bytesOf(table, part), 0);
  const recordBytes = Math.min(wanted, rowBytes) + overhead.recordBytes;
  return Math.round((table.rows * recordBytes) / overhead.fill);
}

function bytesOf(table: Table, { column, prefixLength }: IndexPart): number {
  const found = column === null ? undefined : findColumn(table, column);
  if (!found) return 8;
  if (found.maxBytes === null) return fixedBytes[found.dataType] ?? 8;
  if (prefixLength === null) return found.maxBytes;
  const bytesOfOne = found.maxBytes / Math.max(1, found.maxCharacters ?? found.maxBytes);
  return Math.min(found.maxBytes, prefixLength * bytesOfOne);
}
