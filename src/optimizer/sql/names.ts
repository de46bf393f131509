import type { Column, Schema, Table } from '../schema.ts';
import { findColumn, findTable } from '../schema.ts';
import type { Clauses } from './clauses.ts';
import type { Condition } from './conditions.ts';
import type { ColumnName } from './expression.ts';
import { Refusal, UnknownTable } from './refusal.ts';

export interface QueryTable {
  readonly table: Table;
  readonly alias: string;
  /** Where an index hint for this table goes in the text. */
  readonly hintOffset: number;
  /** The name in the text, without the alias; null behind the name of a database. */
  readonly nameRange: { readonly start: number; readonly end: number } | null;
  /** Every column that the statement reads of it, in the table's order. */
  readonly columns: readonly Column[];
}

export interface ColumnUse {
  /** Number of the table in `tables`. */
  readonly table: number;
  readonly column: Column;
}

/** The tables of a statement by their names in it, and the columns used so far. */
export class Names {
  readonly #tables: Omit<QueryTable, 'columns'>[] = [];
  readonly #used: Set<Column>[] = [];

  constructor(schema: Schema, clauses: Clauses) {
    for (const named of clauses.tables) {
      const isElsewhere = named.database !== null && named.database !== schema.database;
      const table = isElsewhere ? undefined : findTable(schema, named.name);
      if (!table) {
        const name = named.database === null ? named.name : `${named.database}.${named.name}`;
        throw new UnknownTable(`${name} is no table of this database`);
      }
      const { alias, hintOffset, nameRange } = named;
      this.#tables.push({ table, alias, hintOffset, nameRange });
      this.#used.push(new Set());
    }
  }

  tables(): QueryTable[] {
    return this.#tables.map((entry, i) => ({
      ...entry,
      columns: entry.table.columns.filter((column) => this.#used[i]?.has(column)),
    }));
  }

  has(name: ColumnName): boolean {
    return this.#find(name).length > 0;
  }

  /** @throws Refusal when no table, or more than one, has the column */
  use(name: ColumnName): ColumnUse {
    const [found, other] = this.#find(name);
    const text = [name.qualifier, name.column].filter((part) => part !== null).join('.');
    if (!found) throw new Refusal(`${text} is no column of its tables`);
    if (other) throw new Refusal(`${text} is a column of more than one of its tables`);
    this.#used[found.table]?.add(found.column);
    return found;
  }

  useAll(qualifier: string | null): void {
    const wanted = qualifier?.toLowerCase();
    this.#tables.forEach((entry, i) => {
      if (wanted !== undefined && entry.alias.toLowerCase() !== wanted) return;
      for (const column of entry.table.columns) this.#used[i]?.add(column);
    });
  }

  /** The equalities that JOIN … USING (column) stands for. */
  joinUsing({ column, table }: { column: string; table: number }): Condition[] {
    const right = this.#columnOf(table, column);
    const left = this.#tables
      .slice(0, table)
      .map((_, i) => this.#columnOf(i, column))
      .find((use) => use !== undefined);
    if (!left || !right) throw new Refusal(`${column} in USING is no column of both tables`);
    for (const use of [left, right]) this.#used[use.table]?.add(use.column);
    return [{ kind: 'join', left, right }];
  }

  #find(name: ColumnName): ColumnUse[] {
    const qualifier = name.qualifier?.toLowerCase();
    return this.#tables.flatMap((entry, i) => {
      if (qualifier !== undefined && entry.alias.toLowerCase() !== qualifier) return [];
      return this.#columnOf(i, name.column) ?? [];
    });
  }

  #columnOf(table: number, name: string): ColumnUse | undefined {
    const entry = this.#tables[table];
    const column = entry && findColumn(entry.table, name);
    return column && { table, column };
  }
}
