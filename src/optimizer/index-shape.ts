import { quoteName } from '../database/identifiers.ts';
import type { ForeignKey, Index, IndexPart, Table } from './schema.ts';
import { findColumn } from './schema.ts';

type Shape = Pick<Index, 'parts' | 'type'>;

/** `(status, created_at DESC, note(20))`, for people; an expression stands as it is. */
export function describeParts(parts: readonly IndexPart[]): string {
  return `(${parts.map((part) => describePart(part, (name) => name)).join(', ')})`;
}

/** The same for a statement. */
export function partsSql(parts: readonly IndexPart[]): string {
  return `(${parts.map((part) => describePart(part, quoteName)).join(', ')})`;
}

function describePart(part: IndexPart, name: (text: string) => string): string {
  const what = part.column === null ? `(${part.expression ?? ''})` : name(part.column);
  const prefix = part.prefixLength === null ? '' : `(${part.prefixLength})`;
  return `${what}${prefix}${part.isDescending ? ' DESC' : ''}`;
}

/** Names of the columns, expressions as they are. */
export function columnsOf(parts: readonly IndexPart[]): string[] {
  return parts.map((part) => part.column ?? part.expression ?? '');
}

export function partOf(column: string, prefixLength: number | null = null): IndexPart {
  return { column, expression: null, prefixLength, isDescending: false };
}

/** Both hold the same columns in the same way. */
export function isSameShape(a: Shape, b: Shape): boolean {
  return a.type === b.type && a.parts.length === b.parts.length && isLeftPrefix(a, b);
}

/**
 * Every search that `shorter` serves, `longer` serves too: its first parts are the same columns in the same
 * direction. Only the last part of `shorter` may be a shorter prefix of its column. Other types than BTREE serve
 * no searches by their first parts, so there only the same shape counts.
 */
export function isLeftPrefix(shorter: Shape, longer: Shape): boolean {
  if (shorter.type !== longer.type || shorter.parts.length > longer.parts.length) return false;
  if (shorter.type !== 'BTREE' && shorter.parts.length !== longer.parts.length) return false;
  return shorter.parts.every((part, i) => {
    const other = longer.parts[i];
    if (!other || other.isDescending !== part.isDescending) return false;
    if (other.column !== part.column || other.expression !== part.expression) return false;
    return i === shorter.parts.length - 1 && shorter.type === 'BTREE'
      ? isAtLeastAsLong(other.prefixLength, part.prefixLength)
      : other.prefixLength === part.prefixLength;
  });
}

/** null is the whole column. */
function isAtLeastAsLong(prefixLength: number | null, needed: number | null): boolean {
  return prefixLength === null || (needed !== null && prefixLength >= needed);
}

/** InnoDB needs an index whose first columns are the key's, whole and in the key's order. */
export function supportsForeignKey(index: Index, columns: readonly string[]): boolean {
  return (
    index.type === 'BTREE' &&
    columns.every((column, i) => {
      const part = index.parts[i];
      return part?.prefixLength === null && part.column?.toLowerCase() === column.toLowerCase();
    })
  );
}

/** The foreign keys that lose their only index, on either side, when these indexes of a table go. */
export function foreignKeysLeftWithout(table: Table, dropped: readonly string[]): ForeignKey[] {
  const remaining = table.indexes.filter((index) => !dropped.includes(index.name));
  const loses = (columns: readonly string[]): boolean =>
    table.indexes.some((index) => supportsForeignKey(index, columns)) &&
    !remaining.some((index) => supportsForeignKey(index, columns));
  return [
    ...table.foreignKeys.filter((key) => loses(key.columns)),
    ...table.referencedBy.filter((key) => loses(key.referencedColumns)),
  ];
}

const limits = { partBytes: 768, indexBytes: 3072, prefixCharacters: 64 };
const unsearchable = ['json', 'geometry', 'point', 'linestring', 'polygon', 'vector'];

/**
 * The parts of a new index on these columns, long texts by a prefix; null where no index can do it: a prefix that
 * is not the last part cannot be searched beyond, and InnoDB takes at most 3,072 bytes in all.
 */
export function partsFor(table: Table, columns: readonly string[]): IndexPart[] | null {
  const parts: IndexPart[] = [];
  let bytes = 0;
  for (const [i, name] of columns.entries()) {
    const column = findColumn(table, name);
    if (!column || unsearchable.includes(column.dataType)) return null;
    const wholeBytes = column.maxBytes ?? 8;
    const bytesPerCharacter = Math.max(1, Math.ceil(wholeBytes / (column.maxCharacters ?? 1)));
    const isLong =
      wholeBytes > limits.partBytes * 2 || /^(tiny|medium|long)?(text|blob)$/.test(column.dataType);
    if (isLong && i < columns.length - 1) return null;
    bytes += isLong ? limits.prefixCharacters * bytesPerCharacter : wholeBytes;
    parts.push(partOf(column.name, isLong ? limits.prefixCharacters : null));
  }
  return bytes <= limits.indexBytes ? parts : null;
}
