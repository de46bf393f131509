import { ownTablePattern } from '../database/identifiers.ts';
import { isServerError } from '../database/server-errors.ts';
import type { Session } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import type { Flavor } from '../database/flavor.ts';
import type { Column, ForeignKey, Index, IndexPart, Schema, Table } from './schema.ts';

/** Large schemas take longer than an ordinary read: the server opens each table once for its indexes. */
const timeoutMs = 120_000;

/**
 * Reads the tables, columns, indexes and foreign keys of a database: five statements, whatever the number of
 * tables. MariaDB answers `IGNORED`, MySQL `IS_VISIBLE` and `EXPRESSION`: what is there is read.
 * @param tables only these (for a re-check before a step); all when left out
 */
export async function inspectSchema(
  session: Session,
  context: { database: string; flavor: Flavor; signal?: AbortSignal },
  tables?: readonly string[],
): Promise<Schema> {
  const read = reader(session, context, tables);
  // MySQL keeps index statistics in a cache of its own for a day; a decision needs the present ones.
  if (context.flavor.cachesTableFigures) {
    await session.write(
      '/* scalectl:optimize-db */ SET SESSION information_schema_stats_expiry = 0',
    );
  }
  const tableRows = await read<TableRow>(
    `SELECT TABLE_NAME, ENGINE, TABLE_ROWS, DATA_LENGTH, INDEX_LENGTH, CREATE_OPTIONS
     FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA = ?`,
  );
  const columns = groupBy(
    await read<ColumnRow>(
      `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, IS_NULLABLE, CHARACTER_MAXIMUM_LENGTH,
         CHARACTER_OCTET_LENGTH, EXTRA, ORDINAL_POSITION
       FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?`,
    ),
  );
  const indexParts = groupBy(
    await read<IndexPartRow>('SELECT * FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ?'),
  );
  const analyzed = await readAnalyzedRows(session, context, tables);
  const keys = readForeignKeys(
    context.database,
    await read<KeyRow>(
      `SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, ORDINAL_POSITION, REFERENCED_TABLE_SCHEMA,
         REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME
       FROM information_schema.KEY_COLUMN_USAGE
       WHERE REFERENCED_TABLE_NAME IS NOT NULL AND TABLE_SCHEMA = ?`,
      // A table's inbound keys stand at other tables.
      'all',
    ),
  );
  const outbound = groupBy(keys, (key) => key.table);
  const inbound = groupBy(
    keys.filter((key) => key.referencedDatabase === null),
    (key) => key.referencedTable,
  );
  const built = tableRows.map((row): Table => {
    const name = row.TABLE_NAME;
    return {
      name,
      engine: row.ENGINE ?? '',
      rows: Number(row.TABLE_ROWS ?? 0),
      analyzedRows: analyzed.get(name) ?? null,
      dataBytes: Number(row.DATA_LENGTH ?? 0),
      indexBytes: Number(row.INDEX_LENGTH ?? 0),
      isPartitioned: /\bpartitioned\b/i.test(row.CREATE_OPTIONS ?? ''),
      columns: readColumns(columns.get(name) ?? []),
      indexes: readIndexes(indexParts.get(name) ?? []),
      foreignKeys: outbound.get(name) ?? [],
      referencedBy: inbound.get(name) ?? [],
    };
  });
  const sorted = built.sort((a, b) => compareNames(a.name, b.name));
  return {
    database: context.database,
    tables: new Map(sorted.map((table) => [table.name, table])),
  };
}

/** One table as it is now, for the check before a step; undefined when it is gone. */
export async function inspectTable(
  session: Session,
  context: { database: string; flavor: Flavor; signal?: AbortSignal },
  table: string,
): Promise<Table | undefined> {
  return (await inspectSchema(session, context, [table])).tables.get(table);
}

/** Byte order, the same on every machine and for every collation. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Named {
  TABLE_NAME: string;
}
interface TableRow extends Named {
  ENGINE: string | null;
  TABLE_ROWS: number | string | null;
  DATA_LENGTH: number | string | null;
  INDEX_LENGTH: number | string | null;
  CREATE_OPTIONS: string | null;
}
interface ColumnRow extends Named {
  COLUMN_NAME: string;
  DATA_TYPE: string;
  IS_NULLABLE: string;
  CHARACTER_MAXIMUM_LENGTH: number | string | null;
  CHARACTER_OCTET_LENGTH: number | string | null;
  EXTRA: string;
  ORDINAL_POSITION: number | string;
}
interface IndexPartRow extends Named {
  INDEX_NAME: string;
  NON_UNIQUE: number | string;
  SEQ_IN_INDEX: number | string;
  COLUMN_NAME: string | null;
  COLLATION: string | null;
  CARDINALITY: number | string | null;
  SUB_PART: number | string | null;
  INDEX_TYPE: string;
  IGNORED?: string;
  IS_VISIBLE?: string;
  EXPRESSION?: string | null;
}
interface KeyRow extends Named {
  CONSTRAINT_NAME: string;
  COLUMN_NAME: string;
  ORDINAL_POSITION: number | string;
  REFERENCED_TABLE_SCHEMA: string;
  REFERENCED_TABLE_NAME: string;
  REFERENCED_COLUMN_NAME: string;
}

function reader(
  session: Session,
  context: { database: string; signal?: AbortSignal },
  tables: readonly string[] | undefined,
): <Row extends Named>(statement: string, scope?: 'named' | 'all') => Promise<Row[]> {
  const options = { timeoutMs, ...(context.signal ? { signal: context.signal } : {}) };
  // Comparing TABLE_NAME with constants lets MariaDB open these tables alone.
  return <Row extends Named>(statement: string, scope: 'named' | 'all' = 'named') => {
    const named = scope === 'named' && tables !== undefined;
    return session.read<Row>(
      `/* scalectl:optimize-db */ ${statement} AND TABLE_NAME ${named ? 'IN (?)' : 'NOT LIKE ?'}`,
      [context.database, named ? tables : ownTablePattern],
      options,
    );
  };
}

/** Empty for accounts that may not read it. */
async function readAnalyzedRows(
  session: Session,
  { database }: { database: string },
  tables: readonly string[] | undefined,
): Promise<Map<string, number>> {
  try {
    const rows = await session.read<{ name: string; analyzedRows: number | string }>(
      `/* scalectl:optimize-db */ SELECT table_name AS name, n_rows AS analyzedRows
       FROM mysql.innodb_table_stats WHERE database_name = ? AND table_name ${tables ? 'IN (?)' : 'NOT LIKE ?'}`,
      [database, tables ?? ownTablePattern],
    );
    return new Map(rows.map((row) => [row.name, Number(row.analyzedRows)]));
  } catch (error) {
    const isDenied = error instanceof ScalectlError && error.code === 'privilege-missing';
    if (!isDenied && !isServerError(error, 'noSuchTable')) throw error;
    return new Map();
  }
}

function readColumns(rows: readonly ColumnRow[]): Column[] {
  return [...rows]
    .sort((a, b) => Number(a.ORDINAL_POSITION) - Number(b.ORDINAL_POSITION))
    .map((row) => ({
      name: row.COLUMN_NAME,
      dataType: row.DATA_TYPE.toLowerCase(),
      isNullable: row.IS_NULLABLE === 'YES',
      maxCharacters: numberOrNull(row.CHARACTER_MAXIMUM_LENGTH),
      maxBytes: numberOrNull(row.CHARACTER_OCTET_LENGTH),
      generated: /VIRTUAL GENERATED/i.test(row.EXTRA)
        ? 'virtual'
        : /(STORED|PERSISTENT) GENERATED/i.test(row.EXTRA)
          ? 'stored'
          : null,
      isAutoIncrement: /auto_increment/i.test(row.EXTRA),
    }));
}

function readIndexes(rows: readonly IndexPartRow[]): Index[] {
  const byName = groupBy(rows, (row) => row.INDEX_NAME);
  const indexes = [...byName.values()].map((parts) => {
    const ordered = [...parts].sort((a, b) => Number(a.SEQ_IN_INDEX) - Number(b.SEQ_IN_INDEX));
    const first = ordered[0];
    if (!first) throw new Error('an index without columns');
    return {
      name: first.INDEX_NAME,
      isPrimary: first.INDEX_NAME === 'PRIMARY',
      isUnique: Number(first.NON_UNIQUE) === 0,
      type: first.INDEX_TYPE.toUpperCase(),
      isHidden: first.IGNORED === 'YES' || first.IS_VISIBLE === 'NO',
      parts: ordered.map(readPart),
      cardinality: numberOrNull(ordered.at(-1)?.CARDINALITY ?? null),
    };
  });
  // Servers list them in the order in which they were made: findings must not change places with that.
  return indexes.sort(
    (a, b) => Number(b.isPrimary) - Number(a.isPrimary) || compareNames(a.name, b.name),
  );
}

function readPart(row: IndexPartRow): IndexPart {
  return {
    column: row.COLUMN_NAME,
    expression: row.EXPRESSION ?? null,
    prefixLength: numberOrNull(row.SUB_PART),
    isDescending: row.COLLATION === 'D',
  };
}

function readForeignKeys(database: string, rows: readonly KeyRow[]): ForeignKey[] {
  const byKey = groupBy(rows, (row) => `${row.TABLE_NAME}\0${row.CONSTRAINT_NAME}`);
  return [...byKey.values()].flatMap((parts) => {
    const ordered = [...parts].sort(
      (a, b) => Number(a.ORDINAL_POSITION) - Number(b.ORDINAL_POSITION),
    );
    const [first] = ordered;
    if (!first) return [];
    return [
      {
        name: first.CONSTRAINT_NAME,
        table: first.TABLE_NAME,
        columns: ordered.map((row) => row.COLUMN_NAME),
        referencedDatabase:
          first.REFERENCED_TABLE_SCHEMA === database ? null : first.REFERENCED_TABLE_SCHEMA,
        referencedTable: first.REFERENCED_TABLE_NAME,
        referencedColumns: ordered.map((row) => row.REFERENCED_COLUMN_NAME),
      },
    ];
  });
}

function groupBy<Row extends Named>(rows: readonly Row[]): Map<string, Row[]>;
function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]>;
function groupBy<Row>(
  rows: readonly Row[],
  keyOf = (row: Row) => (row as Named).TABLE_NAME,
): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}

function numberOrNull(value: number | string | null): number | null {
  return value === null ? null : Number(value);
}
