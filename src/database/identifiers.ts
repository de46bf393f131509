/**
 * Quotes one identifier (table, column, index, database) for a statement: the only way a name gets into SQL.
 * A dot is part of the name: `a.b` becomes one identifier, never a table in a database.
 */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** `` `database`.`table` `` */
export function quoteTable(database: string, table: string): string {
  return `${quoteName(database)}.${quoteName(table)}`;
}

/** The prefix of scalectl's own tables, which all figures and findings leave out. */
export const ownTablePrefix = 'scalectl_';

/** The LIKE pattern of scalectl's own tables, with the underscore taken literally. */
export const ownTablePattern = 'scalectl\\_%';
