import { quoteName } from '../../../database/identifiers.ts';
import { isServerError, serverErrorNumber } from '../../../database/server-errors.ts';
import type { Database, Session } from '../../../database/types.ts';
import { ScalectlError } from '../../../errors.ts';
import { alterOnline } from '../../change.ts';
import type { ForeignKey, Table } from '../../schema.ts';
import type { DroppedKey } from './changes.ts';

/** The foreign keys from and to a table, with the text that makes them again. */
export async function readKeys(session: Session, table: Table): Promise<DroppedKey[]> {
  const inbound = table.referencedBy.filter((key) => key.table !== table.name);
  const keys: DroppedKey[] = [];
  for (const key of [...table.foreignKeys, ...inbound]) keys.push(await readKey(session, key));
  return keys;
}

async function readKey(session: Session, { table, name }: ForeignKey): Promise<DroppedKey> {
  const [row] = await session.read<Record<string, string>>(
    `/* scalectl:optimize-db */ SHOW CREATE TABLE ${quoteName(table)}`,
  );
  const definition = (row?.['Create Table'] ?? '')
    .split('\n')
    .map((line) => line.trim().replace(/,$/, ''))
    .find((line) => line.startsWith(`CONSTRAINT ${quoteName(name)} FOREIGN KEY`));
  if (definition !== undefined) return { table, name, definition };
  throw new ScalectlError(
    'operation-failed',
    `the foreign key ${name} of ${table} cannot be read`,
    {
      hint: 'Drop it by hand, and run this again.',
    },
  );
}

/** Drops each, while its table is read and written. */
export async function dropKeys(
  database: Database,
  keys: readonly DroppedKey[],
  signal: AbortSignal,
): Promise<void> {
  for (const { table, name } of keys) {
    const sql = `ALTER TABLE ${quoteName(table)} DROP FOREIGN KEY ${quoteName(name)}, ALGORITHM=INPLACE, LOCK=NONE`;
    await alterOnline(database, sql, 'usual', { signal });
  }
}

const duplicateKeyName = new Set([1005, 1022, 1826, 121]);

/**
 * Puts dropped keys back that are gone, without a lock: the rows of the meantime are not looked at by the server, as
 * that would copy the table.
 * @returns the keys that were put back
 */
export async function restoreKeys(
  database: Database,
  session: Session,
  keys: readonly DroppedKey[],
): Promise<DroppedKey[]> {
  const restored: DroppedKey[] = [];
  for (const key of keys) {
    if (await isThere(session, database.target.database, key)) continue;
    const sql = `ALTER TABLE ${quoteName(key.table)} ADD ${key.definition}, ALGORITHM=INPLACE, LOCK=NONE`;
    try {
      await alterOnline(database, sql, 'toUndo', { foreignKeyChecks: false });
    } catch (error) {
      // The table of the key is gone: nothing is left to be kept together.
      if (isServerError(error, 'noSuchTable')) continue;
      if (!duplicateKeyName.has(serverErrorNumber(error) ?? 0)) throw error;
      if (!(await isThere(session, database.target.database, key))) throw error;
    }
    restored.push(key);
  }
  return restored;
}

async function isThere(
  session: Session,
  database: string,
  { table, name }: DroppedKey,
): Promise<boolean> {
  const [row] = await session.read<{ found: number }>(
    `/* scalectl:optimize-db */ SELECT COUNT(*) AS found FROM information_schema.TABLE_CONSTRAINTS
     WHERE CONSTRAINT_SCHEMA = ? AND TABLE_SCHEMA = ? AND TABLE_NAME = ? AND CONSTRAINT_NAME = ?
       AND CONSTRAINT_TYPE = 'FOREIGN KEY'`,
    [database, database, table, name],
  );
  return Number(row?.found) > 0;
}
