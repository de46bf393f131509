import { serverErrorNumber } from '../database/server-errors.ts';
import { openForSeconds } from '../database/transaction-age.ts';
import type { Session } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';

/**
 * `free`: nothing in sight that would keep a change waiting for longer than a moment. `in-use`: a transaction that
 * began before may hold the table. `unknown`: this account may not see the transactions of others.
 */
export type TableUse = 'free' | 'in-use' | 'unknown';

/** What is younger is taken for a statement of the application that ends by itself. */
const oldSeconds = 1;

/**
 * Looks for a transaction, open for a second and more, that may hold a table: by the list of locks where the server
 * keeps one (MySQL; MariaDB only with the instrument `wait/lock/metadata/sql/mdl`), else any in the same database.
 * @param table null for any table of the database
 */
export async function readTableUse(
  session: Session,
  { database, table }: { database: string; table: string | null },
): Promise<TableUse> {
  const old = await readIds(
    session,
    `SELECT trx.trx_mysql_thread_id AS id FROM information_schema.INNODB_TRX trx
     JOIN information_schema.PROCESSLIST p ON p.ID = trx.trx_mysql_thread_id
     WHERE p.DB = ? AND p.ID <> CONNECTION_ID() AND ${openForSeconds} >= ?`,
    [database, oldSeconds],
  );
  if (old === null) return 'unknown';
  if (old.length === 0) return 'free';
  const holders = table === null ? null : await readHolders(session, database, table);
  return holders === null || old.some((id) => holders.has(id)) ? 'in-use' : 'free';
}

/** Connections that hold a lock on the table; null where the server keeps no list, or this account may not read it. */
async function readHolders(
  session: Session,
  database: string,
  table: string,
): Promise<Set<string> | null> {
  const instrument = await readIds(
    session,
    `SELECT ENABLED AS id FROM performance_schema.setup_instruments
     WHERE NAME = 'wait/lock/metadata/sql/mdl' AND ENABLED = 'YES'`,
    [],
  );
  if (instrument === null || instrument.length === 0) return null;
  const holders = await readIds(
    session,
    `SELECT t.PROCESSLIST_ID AS id FROM performance_schema.metadata_locks l
     JOIN performance_schema.threads t ON t.THREAD_ID = l.OWNER_THREAD_ID
     WHERE l.OBJECT_TYPE = 'TABLE' AND l.OBJECT_SCHEMA = ? AND l.OBJECT_NAME = ? AND l.LOCK_STATUS = 'GRANTED'`,
    [database, table],
  );
  return holders && new Set(holders);
}

async function readIds(
  session: Session,
  statement: string,
  values: readonly unknown[],
): Promise<string[] | null> {
  try {
    const rows = await session.read<{ id: number | string }>(
      `/* scalectl:optimize-db check */ ${statement}`,
      values,
    );
    return rows.map(({ id }) => String(id));
  } catch (error) {
    if (error instanceof ScalectlError && serverErrorNumber(error) !== null) return null;
    throw error;
  }
}
