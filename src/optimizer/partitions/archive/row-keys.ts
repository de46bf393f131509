import { quoteName } from '../../../database/identifiers.ts';
import { ownRows } from '../../evidence/not-workload.ts';
import type { Session } from '../../../database/types.ts';
import type { Member } from './family.ts';

/** The values of a key's columns, in their order. */
export type RowKey = readonly unknown[];

/** More in one IN list would make a statement that some servers refuse. */
const mostInList = 1000;

/** Rows of one table: their primary keys, and by columns that others point at, the values of those. */
export interface FoundRows {
  readonly keys: readonly RowKey[];
  valuesOf(columns: readonly string[]): RowKey[];
}

/**
 * Reads, and locks, the rows whose columns have these values.
 * @param columns read besides the primary key
 * @param more a further condition with its values
 */
export async function lockRows(
  session: Session,
  member: Member,
  by: readonly { columns: readonly string[]; values: readonly RowKey[] }[],
  wanted: readonly string[],
  more: { sql: string; values: readonly unknown[] } = { sql: '', values: [] },
): Promise<FoundRows> {
  const columns = [...new Set([...member.key, ...wanted])];
  const selected = columns.map((name) => selectSql(member, name));
  const rows = new Map<string, Record<string, unknown>>();
  for (const { columns: names, values } of by) {
    for (const part of inParts(values)) {
      const condition = inSql(names, part);
      const found = await session.read<Record<string, unknown>>(
        `/* scalectl:optimize-db */ SELECT ${selected.join(', ')} FROM ${quoteName(member.table.name)} ${ownRows}
         WHERE ${condition.sql}${more.sql} FOR UPDATE`,
        [...condition.values, ...more.values],
        { timeoutMs: 0 },
      );
      for (const row of found) rows.set(identityOf(member.key.map((name) => row[name])), row);
    }
  }
  const all = [...rows.values()];
  return {
    keys: all.map((row) => member.key.map((name) => row[name])),
    valuesOf: (names) =>
      all
        .map((row) => names.map((name) => row[name]))
        .filter((values) => values.every((value) => value !== null)),
  };
}

/** Dates as text: the driver's own have milliseconds alone. */
export function selectSql(member: Member, name: string): string {
  const column = member.table.columns.find((each) => each.name === name);
  const isDate = ['date', 'datetime', 'timestamp'].includes(column?.dataType ?? '');
  return isDate ? `CAST(${quoteName(name)} AS CHAR) AS ${quoteName(name)}` : quoteName(name);
}

/** `(a, b) IN (?)` with its values, as `WHERE` takes them. */
export function inSql(
  columns: readonly string[],
  keys: readonly RowKey[],
): { sql: string; values: readonly unknown[] } {
  const [column] = columns;
  if (columns.length === 1 && column !== undefined) {
    return { sql: `${quoteName(column)} IN (?)`, values: [keys.map(([value]) => value)] };
  }
  // The driver writes a list of lists as (…), (…).
  return { sql: `(${columns.map(quoteName).join(', ')}) IN (?)`, values: [keys] };
}

export function inParts(keys: readonly RowKey[]): RowKey[][] {
  const parts: RowKey[][] = [];
  for (let i = 0; i < keys.length; i += mostInList) parts.push(keys.slice(i, i + mostInList));
  return parts;
}

function identityOf(key: RowKey): string {
  return JSON.stringify(
    key.map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : String(value))),
  );
}
