import type { Column, ForeignKey, Index, Schema, Table } from '../../../src/optimizer/schema.ts';

/** `varchar(50)`, `int null`, `timestamp`: as little as a test needs to say of a column. */
export function column(name: string, type = 'int'): Column {
  const [, dataType = 'int', length] = /^(\w+)(?:\((\d+)\))?/.exec(type) ?? [];
  const characters = length === undefined ? (dataType === 'text' ? 65_535 : null) : Number(length);
  return {
    name,
    dataType,
    isNullable: type.endsWith('null'),
    maxCharacters: characters,
    maxBytes: characters === null ? null : characters * 4,
    generated: null,
    isAutoIncrement: false,
  };
}

/** `index('a', ['x', 'y(10)'])`; the name says what it is: PRIMARY, or `uq_…` for a UNIQUE. */
export function index(name: string, columns: readonly string[], more: Partial<Index> = {}): Index {
  return {
    name,
    isPrimary: name === 'PRIMARY',
    isUnique: name === 'PRIMARY' || name.startsWith('uq_'),
    type: 'BTREE',
    isHidden: false,
    parts: columns.map((text) => {
      const [, of = text, length] = /^(\w+)(?:\((\d+)\))?/.exec(text) ?? [];
      return {
        column: of,
        expression: null,
        prefixLength: length === undefined ? null : Number(length),
        isDescending: text.endsWith(' DESC'),
      };
    }),
    cardinality: null,
    ...more,
  };
}

export function foreignKey(name: string, more: Partial<ForeignKey> = {}): ForeignKey {
  return {
    name,
    table: 'child',
    columns: ['parent_id'],
    referencedDatabase: null,
    referencedTable: 'parent',
    referencedColumns: ['id'],
    ...more,
  };
}

export function table(name: string, more: Partial<Table> = {}): Table {
  return {
    name,
    engine: 'InnoDB',
    analyzedRows: null,
    rows: 10_000,
    dataBytes: 0,
    indexBytes: 0,
    isPartitioned: false,
    columns: [column('id')],
    indexes: [index('PRIMARY', ['id'])],
    foreignKeys: [],
    referencedBy: [],
    ...more,
  };
}

export function schemaOf(...tables: Table[]): Schema {
  return { database: 'shop', tables: new Map(tables.map((entry) => [entry.name, entry])) };
}

/** Orders and users as a shop has them. */
export function shop(): Schema {
  const users = table('users', {
    columns: [column('id'), column('email', 'varchar(100)'), column('name', 'varchar(100)')],
    indexes: [index('PRIMARY', ['id']), index('uq_email', ['email'])],
    rows: 4000,
  });
  const orders = table('orders', {
    columns: [
      column('id'),
      column('user_id'),
      column('status', 'enum'),
      column('total', 'decimal'),
      column('placed_at', 'timestamp null'),
      column('note', 'text'),
    ],
    indexes: [index('PRIMARY', ['id']), index('idx_user', ['user_id'], { cardinality: 4000 })],
    rows: 100_000,
  });
  return schemaOf(users, orders);
}
