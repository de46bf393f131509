import { createHash } from 'node:crypto';
import type { Table } from './schema.ts';

/** The servers' limit for a name, in characters. */
const longestName = 64;

/** `idx_<table>_<columns>`, shortened where it is too long, and told apart from the table's other indexes. */
export function indexName(table: Table, columns: readonly string[]): string {
  const full = ['idx', table.name, ...columns].join('_');
  const taken = new Set(table.indexes.map((index) => index.name.toLowerCase()));
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `_${number}`;
    const name = shorten(full, longestName - suffix.length) + suffix;
    if (!taken.has(name.toLowerCase())) return name;
  }
}

function shorten(name: string, length: number): string {
  const characters = [...name];
  if (characters.length <= length) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${characters.slice(0, length - 9).join('')}_${hash}`;
}
