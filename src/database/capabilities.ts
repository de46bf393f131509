import { randomBytes } from 'node:crypto';
import { ScalectlError } from '../errors.ts';
import { ownTablePrefix, quoteName } from './identifiers.ts';
import { serverErrorNumber } from './server-errors.ts';
import type { Database } from './types.ts';

export interface Capability {
  /** What an operator would do with it, as `build an index without blocking writes`. */
  name: string;
  verdict: 'works' | 'partly' | 'not-here' | 'not-tried';
  because: string;
  /** The GRANT or setting that makes it work; null when there is nothing to do. */
  remedy: string | null;
}

/**
 * Finds out what this account may do on this server, by trying: reading is tried as it is, creating on a table of
 * our own that is dropped again. Privilege tables are not consulted; roles and wildcards make them hard to read right.
 * @param options.isDryRun nothing is created, not even for a moment
 */
export async function probeCapabilities(
  database: Database,
  options: { isDryRun?: boolean } = {},
): Promise<Capability[]> {
  return [
    options.isDryRun === true ? ownTablesNotTried : await probeOwnTables(database),
    probeIndexBuild(database),
    probeQueue(database),
    await probeDigests(database),
    await probeProcessList(database),
    await probeTransactions(database),
  ];
}

const ownTables = 'create tables and indexes';

const ownTablesNotTried: Capability = {
  name: ownTables,
  verdict: 'not-tried',
  because: 'a dry run creates nothing, not even a probe table',
  remedy: null,
};

async function probeOwnTables(database: Database): Promise<Capability> {
  // A name of its own: two probes may run at once.
  const table = quoteName(`${ownTablePrefix}probe_${randomBytes(4).toString('hex')}`);
  const account = await currentAccount(database);
  let isCreated = false;
  try {
    await database.define(`/* scalectl:probe */ CREATE TABLE ${table} (id INT PRIMARY KEY)`);
    isCreated = true;
    await database.define(`/* scalectl:probe */ ALTER TABLE ${table} ADD INDEX probe (id)`);
    await database.define(`/* scalectl:probe */ DROP TABLE ${table}`);
    return {
      name: ownTables,
      verdict: 'works',
      because: 'a probe table was created, altered and dropped',
      remedy: null,
    };
  } catch (error) {
    if (!(error instanceof ScalectlError)) throw error;
    const left = isCreated ? await dropProbe(database, table) : '';
    return {
      name: ownTables,
      verdict: 'not-here',
      because: `${error.message}${left}`,
      remedy: `GRANT CREATE, ALTER, INDEX, DROP ON ${quoteName(database.target.database)}.* TO ${account}`,
    };
  }
}

/** After a failed ALTER; an account that may create and not drop leaves the table, and is told. */
async function dropProbe(database: Database, table: string): Promise<string> {
  try {
    await database.define(`/* scalectl:probe */ DROP TABLE ${table}`);
    return '';
  } catch (error) {
    if (!(error instanceof ScalectlError)) throw error;
    return `; the empty table ${table} could not be dropped and is left`;
  }
}

function probeIndexBuild(database: Database): Capability {
  const { flavor } = database;
  return {
    name: 'try an index before dropping it',
    ...(flavor.hiddenIndex
      ? {
          verdict: 'works',
          because: `${flavor.label} can hide an index (${flavor.hiddenIndex.hide})`,
          remedy: null,
        }
      : {
          verdict: 'partly',
          because: `${flavor.label} cannot hide an index; a drop is undone by building it again`,
          remedy: 'MariaDB 10.6 or MySQL 8.0 can',
        }),
  };
}

function probeQueue({ flavor }: Database): Capability {
  return {
    name: 'many queue workers at once',
    ...(flavor.skipLocked
      ? { verdict: 'works', because: `${flavor.label} has SKIP LOCKED`, remedy: null }
      : {
          verdict: 'works',
          because: 'workers take turns with GET_LOCK, as this server has no SKIP LOCKED',
          remedy: null,
        }),
  };
}

async function probeDigests(database: Database): Promise<Capability> {
  const name = 'find slow statements by digest';
  const [variable] = await database.read<{ Value: string }>(
    "/* scalectl:probe */ SHOW GLOBAL VARIABLES LIKE 'performance_schema'",
  );
  if (variable?.Value !== 'ON') {
    return {
      name,
      verdict: 'partly',
      because: 'performance_schema is off; statements come from a --workload file',
      remedy: 'performance_schema = ON in the server configuration, and a restart',
    };
  }
  return tryRead(database, {
    name,
    statement: 'SELECT 1 FROM performance_schema.events_statements_summary_by_digest LIMIT 1',
    works: 'statement digests can be read',
    without: 'statements come from a --workload file',
    grant: 'SELECT ON performance_schema.*',
  });
}

async function probeProcessList(database: Database): Promise<Capability> {
  const name = "see every account's connections";
  const [row] = await database.read<{ hasProcess: number }>(
    `/* scalectl:probe */ SELECT COUNT(*) AS hasProcess FROM information_schema.USER_PRIVILEGES
     WHERE PRIVILEGE_TYPE = 'PROCESS' AND GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')`,
  );
  if (Number(row?.hasProcess) > 0)
    return { name, verdict: 'works', because: 'PROCESS is granted', remedy: null };
  return {
    name,
    verdict: 'partly',
    because: 'without PROCESS only the own connections are seen',
    remedy: `GRANT PROCESS ON *.* TO ${await currentAccount(database)}`,
  };
}

function probeTransactions(database: Database): Promise<Capability> {
  return tryRead(database, {
    name: 'find transactions that block others',
    statement: 'SELECT 1 FROM information_schema.INNODB_TRX LIMIT 1',
    works: 'InnoDB transactions can be read',
    without: 'an index build waits at most 1 s for them instead',
    grant: 'PROCESS ON *.*',
  });
}

async function tryRead(
  database: Database,
  probe: { name: string; statement: string; works: string; without: string; grant: string },
): Promise<Capability> {
  try {
    await database.read(`/* scalectl:probe */ ${probe.statement}`);
    return { name: probe.name, verdict: 'works', because: probe.works, remedy: null };
  } catch (error) {
    if (serverErrorNumber(error) === null) throw error;
    return {
      name: probe.name,
      verdict: 'partly',
      because: `the account may not read it; ${probe.without}`,
      remedy: `GRANT ${probe.grant} TO ${await currentAccount(database)}`,
    };
  }
}

async function currentAccount(database: Database): Promise<string> {
  const [row] = await database.read<{ account: string }>(
    '/* scalectl:probe */ SELECT CURRENT_USER() AS account',
  );
  const [user = '', host = '%'] = (row?.account ?? '').split('@');
  return `'${user}'@'${host}'`;
}
