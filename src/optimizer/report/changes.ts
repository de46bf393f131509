import { compareNames } from '../inspect.ts';
import type { Changes, IndexReport, TableChange, TableReport, Totals } from './result.ts';

/** What a report keeps of a table. */
export interface TableSnapshot {
  readonly name: string;
  readonly rows: number;
  readonly dataBytes: number;
  readonly indexBytes: number;
  readonly indexes: readonly { readonly name: string; readonly columns: string }[];
}

export function toSnapshot(table: TableReport): TableSnapshot {
  const { name, rows, dataBytes, indexBytes } = table;
  const indexes = table.indexes.map((index: IndexReport) => ({
    name: index.name,
    columns: index.columns,
  }));
  return { name, rows, dataBytes, indexBytes, indexes };
}

export function sumOf(tables: readonly TableSnapshot[]): Totals {
  const sum = (of: (table: TableSnapshot) => number): number =>
    tables.reduce((total, table) => total + of(table), 0);
  const dataBytes = sum((table) => table.dataBytes);
  const indexBytes = sum((table) => table.indexBytes);
  return {
    tables: tables.length,
    rows: sum(({ rows }) => rows),
    dataBytes,
    indexBytes,
    bytes: dataBytes + indexBytes,
  };
}

/** What differs between two looks at a database. A table that was renamed is gone and new. */
export function compareSnapshots(
  before: readonly TableSnapshot[],
  after: readonly TableSnapshot[],
): Omit<Changes, 'since' | 'runs'> {
  const known = new Map(before.map((table) => [table.name, table]));
  const names = new Set(after.map(({ name }) => name));
  return {
    totals: { before: sumOf(before), after: sumOf(after) },
    tablesAdded: after
      .map(({ name }) => name)
      .filter((name) => !known.has(name))
      .sort(compareNames),
    tablesGone: before
      .map(({ name }) => name)
      .filter((name) => !names.has(name))
      .sort(compareNames),
    tables: after
      .flatMap((table) => {
        const earlier = known.get(table.name);
        return earlier ? [compareTable(earlier, table)] : [];
      })
      .filter(isDifferent)
      .sort(
        (a, b) =>
          Math.abs(b.bytesChange) - Math.abs(a.bytesChange) || compareNames(a.table, b.table),
      ),
  };
}

function compareTable(before: TableSnapshot, after: TableSnapshot): TableChange {
  const [old, now] = [before, after].map((table) => table.indexes.map(describe));
  return {
    table: after.name,
    rows: after.rows,
    rowsChange: after.rows - before.rows,
    bytes: bytesOf(after),
    bytesChange: bytesOf(after) - bytesOf(before),
    indexesAdded: (now ?? []).filter((index) => !old?.includes(index)),
    indexesGone: (old ?? []).filter((index) => !now?.includes(index)),
  };
}

function describe({ name, columns }: { name: string; columns: string }): string {
  return `${name} ${columns}`;
}

function isDifferent(change: TableChange): boolean {
  return (
    change.rowsChange !== 0 ||
    change.bytesChange !== 0 ||
    change.indexesAdded.length > 0 ||
    change.indexesGone.length > 0
  );
}

function bytesOf({ dataBytes, indexBytes }: TableSnapshot): number {
  return dataBytes + indexBytes;
}
