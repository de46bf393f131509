import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { quoteName } from '../../../database/identifiers.ts';
import type { Session } from '../../../database/types.ts';
import type { Run } from '../../run.ts';
import { primaryKeyOf } from '../../schema.ts';
import type { Table } from '../../schema.ts';
import { fingerprint } from '../fingerprint.ts';
import type { Fingerprint } from '../fingerprint.ts';
import { readRows, writtenColumns } from './read-rows.ts';
import { writeWhole } from './write-whole.ts';

export interface Exported {
  /** Where the rows are now: SQL, compressed. */
  readonly file: string;
  /** Of the rows in it. */
  readonly fingerprint: Fingerprint;
}

/** Bytes of one INSERT, below what any server takes in one packet (16 MB, 1 MB before MariaDB 10.2). */
const statementCharacters = 2 ** 18;

/** Why the rows of a table cannot be exported; null when they can. */
export function whyNotExport(table: Table): string | null {
  const key = primaryKeyOf(table);
  if (!key) return 'it has no primary key, so that its rows cannot be read piece by piece';
  const types = new Map(table.columns.map(({ name, dataType }) => [name, dataType]));
  const column = key.parts.find(({ column: name }) =>
    ['enum', 'set', 'float', 'double', 'bit'].includes(types.get(name ?? '') ?? ''),
  )?.column;
  if (column === undefined || column === null) return null;
  return `its key column ${column} is ${types.get(column)}, which is not ordered as it is written`;
}

/**
 * Writes the rows of a partition, as one moment shows them, to a file that the server's own client reads back. The
 * file has its name only when it is whole and on the disk, and the name tells its rows: the same rows are not written
 * twice, and other rows never over them.
 * @throws ScalectlError `operation-failed` where the file does not hold as many rows as the partition
 */
export async function exportPartition(
  run: Run,
  table: Table,
  partition: string,
  folder: string,
): Promise<Exported> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = writtenColumns(table).map(({ name }) => name);
  return run.database.transaction(
    async (session) => {
      const { signal } = run;
      const found = await fingerprint(session, table.name, names, { partition, signal });
      const pieces = [run.database.target.database, table.name, partition].map(encodeURIComponent);
      const base = `${pieces.join('.')}.`;
      const digest = (BigInt(found.sum) * 2n ** 32n + BigInt(found.xor)).toString(16);
      const file = path.join(folder, `${base}${found.rows}-rows.${digest}.sql.gz`);
      await removeUnfinished(folder, base);
      if (await isThere(file)) return { file, fingerprint: found };
      await writeWhole(file, linesOf(session, table, partition, signal), found.rows);
      return { file, fingerprint: found };
    },
    { isolation: 'REPEATABLE READ' },
  );
}

/** What a run left that was killed while it wrote. */
async function removeUnfinished(folder: string, base: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(base) && name.endsWith('.partial')) await rm(path.join(folder, name));
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** The text of the file. Each row is a line of its own that begins with `(`; no other line does. */
async function* linesOf(
  session: Session,
  table: Table,
  partition: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const name = quoteName(table.name);
  const [shown] = await session.read<Record<string, string>>(
    `/* scalectl:optimize-db */ SHOW CREATE TABLE ${name}`,
  );
  // Without its partitions, which end where the rows began.
  const [create = ''] = (shown?.['Create Table'] ?? '').split(/\n(?:\/\*!\d+)? ?PARTITION BY /);
  const columns = writtenColumns(table).map((column) => quoteName(column.name));
  const insert = `INSERT INTO ${name} (${columns.join(', ')}) VALUES\n`;
  yield `-- Rows of the partition ${JSON.stringify(partition)} of ${JSON.stringify(table.name)}, by scalectl. Times are UTC.
SET NAMES utf8mb4;
SET time_zone = '+00:00', sql_mode = 'NO_AUTO_VALUE_ON_ZERO', foreign_key_checks = 0;
${create.replace(/^CREATE TABLE /, 'CREATE TABLE IF NOT EXISTS ')};
START TRANSACTION;
`;
  let size = 0;
  for await (const rows of readRows(session, table, partition, signal)) {
    for (const row of rows) {
      const isNew = size === 0 || size + row.length > statementCharacters;
      yield isNew ? `${size === 0 ? '' : ';\n'}${insert}${row}` : `,\n${row}`;
      size = isNew ? row.length : size + row.length;
    }
  }
  yield `${size === 0 ? '' : ';\n'}COMMIT;\n`;
}
