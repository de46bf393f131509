import { ownTablePattern } from '../../database/identifiers.ts';
import type { Session } from '../../database/types.ts';
import type { Schema } from '../schema.ts';
import { readIfAllowed, readSharedTables } from '../shared-files.ts';

/** How the tables of a database lie on the disk. */
export interface Storage {
  /** Free bytes by table; tables whose free space is not their own are missing. */
  readonly freeBytes: ReadonlyMap<string, number>;
  /** Bytes of the index, by table and index; null where they cannot be told. */
  indexBytes(table: string, index: string): number | null;
  /** What the account may not read, in sentences. */
  readonly unknown: readonly string[];
}

interface FileRow {
  name: string;
  engine: string | null;
  format: string | null;
  freeBytes: number | string | null;
}

const timeoutMs = 120_000;

/** Reads sizes and free space. What the account may not see is left out and said. */
export async function readStorage(
  session: Session,
  context: { schema: Schema; innodbTablesView: string; signal: AbortSignal },
): Promise<Storage> {
  const { schema, signal } = context;
  const files = await session.read<FileRow>(
    `/* scalectl:optimize-db */ SELECT TABLE_NAME AS name, ENGINE AS engine, ROW_FORMAT AS format, DATA_FREE AS freeBytes
     FROM information_schema.TABLES
     WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA = ? AND TABLE_NAME NOT LIKE ?`,
    [schema.database, ownTablePattern],
    { timeoutMs, signal },
  );
  const shared = await readSharedTables(session, { ...context, database: schema.database });
  const sizes = await readIndexSizes(session, context);
  const isCompressed = new Set(
    files.filter(({ format }) => format?.toLowerCase() === 'compressed').map(({ name }) => name),
  );
  return {
    freeBytes: new Map(
      files
        .filter(
          ({ name, engine }) => engine?.toLowerCase() !== 'innodb' || shared?.(name) === false,
        )
        .flatMap(({ name, freeBytes }) => (freeBytes === null ? [] : [[name, Number(freeBytes)]])),
    ),
    // The statistics count pages, and a compressed page has another size.
    indexBytes: (table, index) =>
      isCompressed.has(table) ? null : (sizes?.get(`${table}\0${index}`) ?? null),
    unknown: [
      ...(shared
        ? []
        : [
            'free space in InnoDB tables: without PROCESS the account does not see which tables have a file of their own',
          ]),
      ...(sizes
        ? []
        : ['the size of each index: the account may not read mysql.innodb_index_stats']),
    ],
  };
}

/** By table and index, with the partitions of a table added up; null where the account may not read them. */
async function readIndexSizes(
  session: Session,
  { schema, signal }: { schema: Schema; signal: AbortSignal },
): Promise<Map<string, number> | null> {
  const rows = await readIfAllowed<{ name: string; index: string; bytes: number | string }>(
    session,
    `SELECT table_name AS name, index_name AS \`index\`, stat_value * @@innodb_page_size AS bytes
     FROM mysql.innodb_index_stats WHERE database_name = ? AND stat_name = 'size'`,
    [schema.database],
    signal,
  );
  if (!rows) return null;
  const sizes = new Map<string, number>();
  for (const { name, index, bytes } of rows) {
    // `orders#P#p2026_01`, unless a table is really called that.
    const table = schema.tables.has(name) ? name : (name.split(/#p#/i)[0] ?? name);
    const key = `${table}\0${index}`;
    sizes.set(key, (sizes.get(key) ?? 0) + Number(bytes));
  }
  return sizes;
}
