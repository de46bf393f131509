import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/settings/index.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import { loginOf } from '../../src/database/target.ts';
import type { Database } from '../../src/database/types.ts';
import { convertTable } from '../../src/optimizer/partitions/convert/convert.ts';
import type { ConversionOutcome } from '../../src/optimizer/partitions/convert/convert.ts';
import { chooseMethod } from '../../src/optimizer/partitions/convert/method.ts';
import type { ConversionMethod } from '../../src/optimizer/partitions/convert/method.ts';
import { planConversion } from '../../src/optimizer/partitions/convert/plan.ts';
import type { Conversion, ConversionPlan } from '../../src/optimizer/partitions/convert/plan.ts';
import { recoverConversions } from '../../src/optimizer/partitions/convert/undo.ts';
import { openRun } from '../../src/optimizer/run.ts';
import type { Run } from '../../src/optimizer/run.ts';
import { atEndOfFile } from './cleanups.ts';
import { freshDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';

export interface ConvertInput {
  giveUp?: readonly string[];
  by?: string;
  /** Without the copying tool, although it is there. */
  locking?: boolean;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
}

/** What works on the partitions of one database, without the command line around it. */
export interface OpenPartitions {
  readonly test: TestDatabase;
  readonly database: Database;
  readonly config: Config;
  /** A run of its own, to be closed by `await using`. */
  readonly openRun: (input?: Pick<ConvertInput, 'signal' | 'onProgress'>) => Promise<Run>;
  readonly plan: (table: string, input?: ConvertInput) => Promise<ConversionPlan>;
  readonly convert: (
    table: string,
    input?: ConvertInput,
  ) => Promise<ConversionOutcome & { method: ConversionMethod['kind'] }>;
}

export async function openPartitions(
  options: {
    test?: TestDatabase;
    serverUrl?: string;
    /** Of another account than the test's own. */
    url?: string;
    settings?: Record<string, string>;
  } = {},
): Promise<OpenPartitions> {
  const test = options.test ?? (await freshDatabase(options.serverUrl));
  await test.query(`SET time_zone = '+00:00'`);
  const { values: config } = await loadConfig({
    workingDirectory: '/',
    environment: { SCALECTL_DB_URL: options.url ?? test.url, ...options.settings },
    discover: false,
  });
  const database = await connectDatabase(config.database);
  atEndOfFile(async () => database[Symbol.asyncDispose]());
  const open = (input: Pick<ConvertInput, 'signal' | 'onProgress'> = {}): Promise<Run> =>
    openRun(database, {
      settings: config.optimizer,
      onProgress: input.onProgress ?? (() => undefined),
      signal: input.signal ?? new AbortController().signal,
    });
  const planned = (
    run: Pick<Run, 'session'>,
    table: string,
    input: ConvertInput,
  ): Promise<Conversion> =>
    planConversion(database, run.session, {
      table,
      by: input.by ?? null,
      giveUp: input.giveUp ?? [],
      ahead: 3,
      signal: input.signal ?? new AbortController().signal,
    });
  return {
    test,
    database,
    config,
    openRun: open,
    plan: async (table, input = {}) => {
      await using session = await database.pin();
      return (await planned({ session }, table, input)).plan;
    },
    convert: async (table, input = {}) => {
      await using run = await open(input);
      await recoverConversions(run);
      const conversion = await planned(run, table, input);
      const chosen = await chooseMethod(run.session, config.database, conversion.source);
      const method: ConversionMethod = input.locking
        ? { kind: 'locking', reason: 'asked for', lockSeconds: 1 }
        : chosen;
      const outcome = await convertTable(run, conversion, method, loginOf(config.database));
      return { ...outcome, method: method.kind };
    },
  };
}

/** A table of visits, from 2025-11 on; the column of the date as given. */
export async function createVisits(
  test: TestDatabase,
  options: { rows: number; date?: string; name?: string },
): Promise<void> {
  const { rows, date = 'seen_at DATETIME NOT NULL', name = 'visits' } = options;
  await test.query(
    `CREATE TABLE \`${name}\` (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, ${date}, note VARCHAR(60) NULL,
       amount DECIMAL(10,2) NOT NULL DEFAULT 0, KEY by_date (seen_at))`,
  );
  await test.query(
    `INSERT INTO \`${name}\` (seen_at, note, amount)
     WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
     SELECT '2025-11-03 10:00:00' + INTERVAL (a.i * 1000 + b.i) * 300 % 31000000 SECOND,
       IF(b.i % 7 = 0, NULL, CONCAT('visit ', a.i, ' ', b.i)), b.i / 7
     FROM n a CROSS JOIN n b WHERE a.i * 1000 + b.i < ?`,
    [rows],
  );
}

/** scalectl's own tables but the journals, and all triggers: what a conversion must not leave behind. */
export async function leftovers(test: TestDatabase): Promise<string[]> {
  const rows = await test.query<{ name: string }>(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = ? AND (TABLE_NAME LIKE 'scalectl\\_convert%' OR TABLE_NAME LIKE 'scalectl\\_archive%')
     UNION ALL SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?`,
    [test.name, test.name],
  );
  return rows.map(({ name }) => name);
}
