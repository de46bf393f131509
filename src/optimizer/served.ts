import { primaryKeyOf } from './schema.ts';
import type { Index, IndexPart, Table } from './schema.ts';

/**
 * Whether an index that is there finds rows by these parts.
 * @param freeParts so many at the beginning are each equal to one value: the index may have them in any order
 */
export function isServed(table: Table, wanted: readonly IndexPart[], freeParts: number): boolean {
  return table.indexes.some((index) => serves(index, wanted, freeParts, table));
}

/** What InnoDB keeps at the end of every index. */
export function clusteredParts(table: Table): readonly IndexPart[] {
  return table.engine.toLowerCase() === 'innodb' ? (primaryKeyOf(table)?.parts ?? []) : [];
}

function serves(
  index: Index,
  wanted: readonly IndexPart[],
  freeParts: number,
  table: Table,
): boolean {
  if (index.type !== 'BTREE' || index.isHidden) return false;
  const parts = [...index.parts, ...clusteredParts(table)];
  const beginning = parts.slice(0, freeParts);
  return wanted.every((part, i) => {
    const places = i < freeParts ? beginning : parts.slice(i, i + 1);
    return places.some(
      (found) =>
        found.column === part.column &&
        (found.prefixLength === part.prefixLength || found.prefixLength === null),
    );
  });
}
