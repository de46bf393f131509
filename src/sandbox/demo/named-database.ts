import { quoteName } from '../../database/identifiers.ts';
import type { Database } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';
import { identifyThisProcess, isProcessAlive } from '../../runtime/process-identity.ts';
import type { ProcessIdentity } from '../../runtime/process-identity.ts';
import { readSandboxStatements } from '../shop/schema.ts';
import { shopTables } from '../shop/tables.ts';

/** An empty database of somebody else's server. */
export interface NamedDatabase {
  url: string;
  /** Used when none stands in the URL. */
  password: string | null;
}

/**
 * Takes a database that somebody named for a demo, when it is empty. What a killed demo left there is dropped first.
 * @throws ScalectlError `refused` when it holds tables, also those of a kept demo; `lock-held` when another demo runs in it
 */
export async function takeDatabase(database: Database): Promise<void> {
  await clearAfterKill(database);
  await refuseTables(database);
  for (const statement of await readSandboxStatements('demo-owner.sql')) {
    await database.define(`/* scalectl:sandbox */ ${statement}`);
  }
  await database.write('/* scalectl:sandbox */ INSERT INTO scalectl_demo (owner) VALUES (?)', [
    JSON.stringify(identifyThisProcess()),
  ]);
}

/** Refuses a database with tables, and changes nothing. @throws ScalectlError `refused` */
export async function refuseTables(database: Database): Promise<void> {
  const tables = await listTables(database);
  const [first] = tables;
  if (first === undefined) return;
  const { target } = database;
  const what = tables.length === 1 ? `the table ${first}` : `${tables.length} tables, as ${first}`;
  throw new ScalectlError(
    'refused',
    `The database ${target.database} on ${target.host} holds ${what}; the demo takes only an empty one.`,
    {
      hint: tables.includes('scalectl_demo')
        ? 'An earlier demo left them, with --keep: drop and create the database to use it again.'
        : 'Create a database of its own for it, or leave --db out: then it starts a private server.',
    },
  );
}

/** Lets the demo's tables stay when it ends. */
export async function keepDatabase(database: Database): Promise<void> {
  await database.write('/* scalectl:sandbox */ UPDATE scalectl_demo SET is_kept = 1');
}

/** Drops the tables that a demo makes, its shop's and scalectl's own, and no other. */
export async function dropDemoTables(database: Database): Promise<void> {
  const there = await listTables(database);
  // Tables that others refer to were made first: they go last. The owner's note is the very last.
  const shop = Object.keys(shopTables).reverse();
  const own = there.filter((name) => name.startsWith('scalectl_') && name !== 'scalectl_demo');
  for (const name of [...shop, ...own, 'scalectl_demo']) {
    if (!there.includes(name)) continue;
    await database.define(`/* scalectl:sandbox */ DROP TABLE ${quoteName(name)}`, {
      lockWaitTimeoutSeconds: 10,
    });
  }
}

async function clearAfterKill(database: Database): Promise<void> {
  if (!(await listTables(database)).includes('scalectl_demo')) return;
  const [row] = await database.read<{ owner: string; is_kept: number }>(
    '/* scalectl:sandbox */ SELECT owner, is_kept FROM scalectl_demo',
  );
  if (row?.is_kept === 1) return;
  // Without a row it was killed between the table and its row.
  const isAlive = row ? isProcessAlive(JSON.parse(row.owner) as ProcessIdentity) : false;
  if (isAlive !== false) {
    throw new ScalectlError('lock-held', `Another demo runs in ${database.target.database}.`, {
      hint: 'Wait for its end. If it ran on another machine and was killed, drop and create the database.',
    });
  }
  await dropDemoTables(database);
}

async function listTables(database: Database): Promise<string[]> {
  const rows = await database.read<{ name: string }>(
    '/* scalectl:sandbox */ SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ? ORDER BY table_name',
    [database.target.database],
  );
  return rows.map(({ name }) => name);
}
