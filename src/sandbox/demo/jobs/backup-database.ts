import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import { quoteName } from '../../../database/identifiers.ts';
import type { Session } from '../../../database/types.ts';
import { shopTables } from '../../shop/tables.ts';
import type { Job } from './tools.ts';

const rowsPerRead = 5_000;

/** Writes the rows of the named tables, a JSON object a line, into the folder `backups`. */
export const backupDatabase: Job = async (data, tools) => {
  const tables = Array.isArray(data['tables']) ? data['tables'].map(String) : [];
  const unknown = tables.find((table) => !Object.hasOwn(shopTables, table));
  if (unknown !== undefined) throw new Error(`the shop has no table ${unknown}`);
  const database = await tools.database();
  const folder = await tools.openFolder('backups');
  for (const table of tables) {
    // A name of its own for each job: two of them may run side by side.
    const name = `${table}-${tools.id.replaceAll(/[^\w.-]/g, '_')}.ndjson.gz`;
    const file = path.join(folder, name);
    await pipeline(Readable.from(linesOf(database, table)), createGzip(), createWriteStream(file));
  }
  return `${tables.length} tables written`;
};

async function* linesOf(session: Session, table: string): AsyncGenerator<string> {
  const statement = `/* scalectl:sandbox */ SELECT * FROM ${quoteName(table)} WHERE id > ? ORDER BY id LIMIT ${rowsPerRead}`;
  let lastId = 0;
  for (;;) {
    const rows = await session.read<{ id: number }>(statement, [lastId]);
    if (rows.length === 0) return;
    lastId = rows.at(-1)?.id ?? lastId;
    yield rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  }
}
