import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Database } from '../../database/types.ts';

/** Creates the shop's eleven empty tables in the connected database, from `templates/sandbox/shop.sql`. */
export async function createShopTables(
  database: Database,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  for (const statement of await readSandboxStatements('shop.sql')) {
    await database.define(`/* scalectl:sandbox */ ${statement}`, options);
  }
}

/**
 * The statements of one of our own files in `templates/sandbox`, without comments and semicolons.
 * There, a statement ends with a semicolon at the end of a line, and a comment has its line to itself.
 */
export async function readSandboxStatements(
  name: 'shop.sql' | 'workload.sql' | 'demo-owner.sql',
): Promise<string[]> {
  const file = fileURLToPath(import.meta.resolve(`#templates/sandbox/${name}`));
  const text = await readFile(file, 'utf8');
  return text
    .replaceAll(/^--.*$/gm, '')
    .split(/;[ \t]*\r?$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
