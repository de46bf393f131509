import { quoteName } from '../../database/identifiers.ts';
import type { Query } from '../sql/query.ts';

/**
 * The statement on a copy of its table, under the name that it knows the table by.
 * @param forced an index that the server is to use
 * @returns null for a statement of several tables, or one that names the database
 */
export function onCopy(query: Query, copy: string, forced: string | null = null): string | null {
  const [entry, other] = query.tables;
  if (!entry?.nameRange || other) return null;
  const { nameRange, hintOffset, alias } = entry;
  const { text } = query;
  const newName = hintOffset === nameRange.end ? ` AS ${quoteName(alias)}` : '';
  return [
    text.slice(0, nameRange.start),
    quoteName(copy),
    newName,
    text.slice(nameRange.end, hintOffset),
    forced === null ? '' : ` FORCE INDEX (${quoteName(forced)})`,
    text.slice(hintOffset),
  ].join('');
}
