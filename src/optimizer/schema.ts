/** A database's base tables as information_schema shows them, without views and without scalectl's own tables. */
export interface Schema {
  readonly database: string;
  /** By name. */
  readonly tables: ReadonlyMap<string, Table>;
}

export interface Table {
  readonly name: string;
  readonly engine: string;
  /** The engine's estimate; exact only for engines that count (MyISAM, Aria). */
  readonly rows: number;
  /** InnoDB's rows when it last looked at the indexes; null where that is not kept, or not to be read. */
  readonly analyzedRows: number | null;
  readonly dataBytes: number;
  readonly indexBytes: number;
  /** DATA_FREE: room in the table's own file that holds nothing; of the shared file, where the table has none. */
  readonly freeBytes: number;
  /** What new text columns get; null for engines without one. */
  readonly collation: string | null;
  /** The next value of its AUTO_INCREMENT column; null without one. */
  readonly autoIncrement: number | null;
  readonly isPartitioned: boolean;
  readonly columns: readonly Column[];
  readonly indexes: readonly Index[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Foreign keys of this database that point at this table, its own ones included. */
  readonly referencedBy: readonly ForeignKey[];
}

export interface Column {
  readonly name: string;
  /** `varchar`, `int`, `timestamp`; lower case. */
  readonly dataType: string;
  /** In full: `int(11) unsigned`, `varchar(50)`; lower case. */
  readonly columnType: string;
  readonly isNullable: boolean;
  /** Longest value in characters, for character types. */
  readonly maxCharacters: number | null;
  /** Longest value in bytes, for character and binary types. */
  readonly maxBytes: number | null;
  readonly generated: 'virtual' | 'stored' | null;
  /** Of text columns; `utf8` is named `utf8mb3`, as newer servers do. */
  readonly charset: string | null;
  readonly collation: string | null;
  /** The server numbers it (AUTO_INCREMENT). */
  readonly isAutoIncrement: boolean;
}

export interface Index {
  readonly name: string;
  readonly isPrimary: boolean;
  readonly isUnique: boolean;
  /** `BTREE`, `HASH`, `FULLTEXT`, `SPATIAL`, `RTREE`; upper case. */
  readonly type: string;
  /** IGNORED on MariaDB, INVISIBLE on MySQL: the optimizer does not use it. */
  readonly isHidden: boolean;
  readonly parts: readonly IndexPart[];
  /** Distinct values of the whole index by the engine's statistics; null when it has none. */
  readonly cardinality: number | null;
}

export interface IndexPart {
  /** null for an expression. */
  readonly column: string | null;
  readonly expression: string | null;
  /** Characters (bytes for binary types) of a prefix; null for the whole column. */
  readonly prefixLength: number | null;
  readonly isDescending: boolean;
}

export interface ForeignKey {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  /** null when it is the same database. */
  readonly referencedDatabase: string | null;
  readonly referencedTable: string;
  readonly referencedColumns: readonly string[];
}

/** Column names never differ by case alone, on any server. */
export function findColumn(table: Table, name: string): Column | undefined {
  const wanted = name.toLowerCase();
  return table.columns.find((column) => column.name.toLowerCase() === wanted);
}

/**
 * A table as a statement names it: exactly, or in another case where the server ignores it.
 * Two tables that differ by case alone exist only where the server tells them apart.
 */
export function findTable(schema: Schema, name: string): Table | undefined {
  const exact = schema.tables.get(name);
  if (exact) return exact;
  const wanted = name.toLowerCase();
  const near = [...schema.tables.values()].filter((table) => table.name.toLowerCase() === wanted);
  return near.length === 1 ? near[0] : undefined;
}

export function primaryKeyOf(table: Table): Index | undefined {
  return table.indexes.find((index) => index.isPrimary);
}
