import { ScalectlError } from '../../../errors.ts';
import { primaryKeyOf } from '../../schema.ts';
import type { Schema, Table } from '../../schema.ts';

/** A table whose rows are moved, and how its rows hang on those of the tables before it. */
export interface Member {
  readonly table: Table;
  /** Columns of the primary key, in their order. */
  readonly key: readonly string[];
  /** Empty for the table that was asked for. */
  readonly links: readonly Link[];
}

export interface Link {
  readonly name: string;
  readonly parent: string;
  /** Of the child and of the parent, in the same order. */
  readonly columns: readonly string[];
  readonly parentColumns: readonly string[];
}

/**
 * A table and all that points at it, directly or over others: no row can be moved without those that point at it.
 * Each table stands behind all that it points at.
 * @throws ScalectlError `refused` naming what cannot be moved and why
 */
export function familyOf(schema: Schema, root: Table): Member[] {
  const members = new Map<string, Table>([[root.name, root]]);
  for (const table of members.values()) {
    for (const { table: child } of table.referencedBy) {
      const found = schema.tables.get(child);
      if (!found)
        throw refusal(
          `${child} points at ${table.name} and cannot be moved: it is one of scalectl's own`,
        );
      members.set(child, found);
    }
  }
  for (const table of members.values()) refuseUnmovable(table);
  return inOrder([...members.values()]).map((table) => ({
    table,
    key: (primaryKeyOf(table)?.parts ?? []).map(({ column }) => column ?? ''),
    links:
      table === root
        ? []
        : table.foreignKeys
            .filter((key) => key.referencedDatabase === null && members.has(key.referencedTable))
            .map((key) => ({
              name: key.name,
              parent: key.referencedTable,
              columns: key.columns,
              parentColumns: key.referencedColumns,
            })),
  }));
}

/** Keys are carried from one statement to the next: floating numbers do not come back as they were. */
const carriedTypes =
  /^(tinyint|smallint|mediumint|int|bigint|decimal|char|varchar|binary|varbinary|date|datetime|timestamp|uuid|enum|year)$/;

function refuseUnmovable(table: Table): void {
  const { name } = table;
  if (table.engine.toLowerCase() !== 'innodb') {
    throw refusal(`${name} is ${table.engine}: without transactions rows could be lost or doubled`);
  }
  const key = primaryKeyOf(table);
  if (!key) throw refusal(`${name} has no primary key: its rows cannot be told apart`);
  const self = table.foreignKeys.find((each) => each.referencedTable === name);
  if (self) {
    throw refusal(
      `the foreign key ${self.name} of ${name} points at ${name} itself: an old row may hold a newer one`,
    );
  }
  const used = new Set([
    ...key.parts.map(({ column }) => column),
    ...table.foreignKeys.flatMap(({ columns }) => columns),
    ...table.referencedBy.flatMap(({ referencedColumns }) => referencedColumns),
  ]);
  const column = table.columns.find(
    (each) => used.has(each.name) && !carriedTypes.test(each.dataType),
  );
  if (column) {
    throw refusal(
      `the key column ${column.name} of ${name} is a ${column.dataType}, which is not compared exactly`,
    );
  }
}

function inOrder(tables: readonly Table[]): Table[] {
  const ordered: Table[] = [];
  const waiting = new Set(tables);
  while (waiting.size > 0) {
    const next = [...waiting].find((table) =>
      table.foreignKeys.every(
        (key) =>
          ![...waiting].some((other) => other !== table && other.name === key.referencedTable),
      ),
    );
    if (!next) {
      const names = [...waiting].flatMap((table) => table.foreignKeys.map(({ name }) => name));
      throw refusal(`foreign keys point at each other in a circle: ${names.join(', ')}`);
    }
    ordered.push(next);
    waiting.delete(next);
  }
  return ordered;
}

function refusal(message: string): ScalectlError {
  return new ScalectlError('refused', message, { hint: 'Nothing was moved.' });
}
