import { beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/settings/index.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import { maintainPartitions, planMaintenance } from '../../src/optimizer/partitions/maintain.ts';
import type { MaintainResult } from '../../src/optimizer/partitions/maintain.ts';
import { openRun } from '../../src/optimizer/run.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { openOptimizer } from '../support/optimizer.ts';

/** The middle of a month, so that a time zone of the test machine would show. */
const now = new Date('2026-11-24T12:00:00Z');

const forms = {
  columns: {
    column: 'seen_at DATETIME NOT NULL',
    by: 'RANGE COLUMNS (seen_at)',
    bound: (day: string) => `'${day}'`,
  },
  'unix-timestamp': {
    column: 'seen_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP',
    by: 'RANGE (UNIX_TIMESTAMP(seen_at))',
    bound: (day: string) => `UNIX_TIMESTAMP('${day} 00:00:00')`,
  },
  'to-days': {
    column: 'seen_at DATE NOT NULL',
    by: 'RANGE (TO_DAYS(seen_at))',
    bound: (day: string) => `TO_DAYS('${day}')`,
  },
};

let test: TestDatabase;
let config: Config;

beforeEach(async () => {
  test = await freshDatabase();
  await test.query(`SET time_zone = '+00:00'`);
  const environment = { SCALECTL_DB_URL: test.url };
  config = (await loadConfig({ workingDirectory: '/', environment, discover: false })).values;
});

async function createLog(
  name: string,
  form: keyof typeof forms,
  options: { catchAll: boolean },
): Promise<void> {
  const { column, by, bound } = forms[form];
  const parts = [
    `PARTITION p2026_10 VALUES LESS THAN (${bound('2026-11-01')})`,
    `PARTITION p2026_11 VALUES LESS THAN (${bound('2026-12-01')})`,
    ...(options.catchAll ? ['PARTITION pmax VALUES LESS THAN (MAXVALUE)'] : []),
  ];
  await test.query(
    `CREATE TABLE \`${name}\` (id INT NOT NULL AUTO_INCREMENT, ${column}, note TEXT, PRIMARY KEY (id, seen_at))
     PARTITION BY ${by} (${parts.join(', ')})`,
  );
}

async function maintain(
  options: { ahead?: number; retention?: Record<string, number>; at?: Date } = {},
): Promise<MaintainResult> {
  await using database = await connectDatabase(config.database);
  await using run = await openRun(database, {
    settings: config.optimizer,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
  const { ahead = 3, retention = {}, at = now } = options;
  return await maintainPartitions(run, { ahead, now: at, retention });
}

async function partitionNames(table: string): Promise<string[]> {
  const rows = await test.query<{ name: string }>(
    `SELECT PARTITION_NAME AS name FROM information_schema.PARTITIONS
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY PARTITION_ORDINAL_POSITION`,
    [test.name, table],
  );
  return rows.map(({ name }) => name);
}

async function rowsIn(table: string, partition: string): Promise<number> {
  const [row] = await test.query<{ found: number }>(
    `SELECT COUNT(*) AS found FROM \`${table}\` PARTITION (\`${partition}\`)`,
  );
  return Number(row?.found);
}

describe('partitions maintain', () => {
  it.each(
    (Object.keys(forms) as (keyof typeof forms)[]).flatMap((form) => [
      [form, true] as const,
      [form, false] as const,
    ]),
  )('adds the coming months to a table by %s, catch-all: %s', async (form, catchAll) => {
    await createLog('visits', form, { catchAll });
    const first = await maintain();
    expect(first.tables).toMatchObject([
      { table: 'visits', status: 'applied', months: ['2026-12', '2027-01', '2027-02'] },
    ]);
    expect(await partitionNames('visits')).toEqual([
      'p2026_10',
      'p2026_11',
      'p2026_12',
      'p2027_01',
      'p2027_02',
      ...(catchAll ? ['pmax'] : []),
    ]);
    // The last moment of a month and the first of the next fall on both sides of the bound.
    await test.query(
      `INSERT INTO visits (seen_at) VALUES ('2026-12-31 23:59:59'), ('2027-01-01 00:00:00'), ('2027-02-28 23:59:59')`,
    );
    expect(await rowsIn('visits', 'p2026_12')).toBe(1);
    expect(await rowsIn('visits', 'p2027_01')).toBe(1);
    expect(await rowsIn('visits', 'p2027_02')).toBe(1);
    const second = await maintain();
    expect(second.tables).toMatchObject([{ status: 'ok', months: [], sql: [] }]);
  });

  it('alarms when rows sit behind the last month, and moves none of them', async () => {
    await createLog('visits', 'columns', { catchAll: true });
    await test.query(`INSERT INTO visits (seen_at) VALUES ('2026-12-05'), ('2027-03-01')`);
    const { tables } = await maintain();
    expect(tables).toMatchObject([{ status: 'blocked', catchAllRows: 2 }]);
    expect(tables[0]?.reason).toContain('2 rows sit in pmax');
    expect(tables[0]?.sql[0]).toContain('REORGANIZE PARTITION `pmax`');
    expect(await partitionNames('visits')).toEqual(['p2026_10', 'p2026_11', 'pmax']);
  });

  it('gives up on a table that is in use, names it, and goes on with the others', async () => {
    await createLog('a_busy', 'columns', { catchAll: true });
    await createLog('b_free', 'columns', { catchAll: true });
    await test.query('START TRANSACTION');
    await test.query('SELECT * FROM a_busy');
    const { tables } = await maintain();
    await test.query('ROLLBACK');
    expect(tables).toMatchObject([
      { table: 'a_busy', status: 'blocked' },
      { table: 'b_free', status: 'applied' },
    ]);
  });

  it('leaves alone what is not partitioned by months, and says how it is', async () => {
    await test.query(
      'CREATE TABLE by_id (id INT NOT NULL PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 4',
    );
    await test.query(
      `CREATE TABLE by_week (day DATE NOT NULL PRIMARY KEY) PARTITION BY RANGE COLUMNS (day)
       (PARTITION w1 VALUES LESS THAN ('2026-11-08'), PARTITION w2 VALUES LESS THAN ('2026-11-15'))`,
    );
    await using database = await connectDatabase(config.database);
    const { tables, others } = await planMaintenance(database, test.name, { ahead: 3, now });
    expect(tables).toEqual([]);
    expect(others).toMatchObject([
      { table: 'by_id', reason: expect.stringContaining('HASH') as string },
      { table: 'by_week', reason: 'partition w1 does not end at a month (UTC)' },
    ]);
  });

  it('takes a name with quotes and dots as it is', async () => {
    await test.query(
      `CREATE TABLE \`od.d "n\`\`ame\` (\`d\`\`ay\` DATE NOT NULL, PRIMARY KEY (\`d\`\`ay\`))
       PARTITION BY RANGE COLUMNS (\`d\`\`ay\`) (PARTITION \`p\`\`1\` VALUES LESS THAN ('2026-12-01'))`,
    );
    const { tables } = await maintain({ ahead: 1 });
    expect(tables).toMatchObject([
      { table: 'od.d "n`ame', column: 'd`ay', status: 'applied', months: ['2026-12'] },
    ]);
  });
});

describe('retention', () => {
  /** One month stays beside the current one: what is from before November is old. */
  const at = new Date('2026-12-24T12:00:00Z');

  it('drops whole months that are older, only of the tables that it names, and only once', async () => {
    await createLog('visits', 'columns', { catchAll: true });
    await createLog('others', 'unix-timestamp', { catchAll: false });
    await test.query("INSERT INTO visits (seen_at) VALUES ('2026-10-31 23:59:59'), ('2026-11-01')");
    expect(await partitionNames('visits')).toContain('p2026_10');
    const kept = await maintain({ at, retention: { visits: 1 } });
    expect(kept.tables.find(({ table }) => table === 'visits')?.expired).toEqual([
      { name: 'p2026_10', before: '2026-11', rows: expect.any(Number) as number, file: null },
    ]);
    expect(await test.query('SELECT CAST(seen_at AS CHAR) AS seen FROM visits')).toEqual([
      { seen: '2026-11-01 00:00:00' },
    ]);
    expect(await partitionNames('others')).toContain('p2026_10');
    const again = await maintain({ at, retention: { visits: 1 } });
    expect(again.tables.find(({ table }) => table === 'visits')).toMatchObject({
      status: 'ok',
      expired: [],
    });
  });

  it('keeps what is not older by a whole month, and all where rows sit behind the last month', async () => {
    await createLog('visits', 'columns', { catchAll: true });
    expect((await maintain({ at, retention: { visits: 2 } })).tables).toMatchObject([
      { expired: [] },
    ]);
    await test.query("INSERT INTO visits (seen_at) VALUES ('2030-01-01')");
    const { tables } = await maintain({ at, retention: { visits: 1 } });
    expect(tables).toMatchObject([{ status: 'blocked', expired: [{ name: 'p2026_10' }] }]);
    expect(await partitionNames('visits')).toContain('p2026_10');
  });

  it('leaves a table its last partition', async () => {
    await test.query(
      `CREATE TABLE old (day DATE NOT NULL PRIMARY KEY) PARTITION BY RANGE COLUMNS (day)
       (PARTITION a VALUES LESS THAN ('2020-01-01'), PARTITION b VALUES LESS THAN ('2020-02-01'))`,
    );
    await using database = await connectDatabase(config.database);
    const { tables } = await planMaintenance(database, test.name, {
      ahead: 1,
      now,
      retention: { old: 1 },
    });
    expect(tables[0]?.expired.map(({ name }) => name)).toEqual(['a']);
  });

  it('says where it names a table without monthly partitions', async () => {
    const { others } = await maintain({ retention: { nobody: 12 } });
    expect(others).toEqual([
      {
        table: 'nobody',
        reason: 'optimizer.partitions.retention names it, and it has no monthly partitions',
      },
    ]);
  });

  it('is read from the settings as months or years', async () => {
    const read = async (text: string) =>
      (
        await loadConfig({
          workingDirectory: '/',
          environment: { SCALECTL_OPTIMIZER_PARTITIONS_RETENTION: text },
          discover: false,
        })
      ).values.optimizer.partitions.retention;
    expect(await read('{"visits": "24m", "archive": "7y"}')).toEqual({ visits: 24, archive: 84 });
    await expect(read('{"visits": "24d"}')).rejects.toThrow('whole months or years to keep');
  });
});

describe('an account that may not read a partitioned table', () => {
  it('gets the rest of the plan, and a sentence about the table', async () => {
    await createLog('visits', 'columns', { catchAll: true });
    const own = test;
    const user = `limited_${own.name.slice(-8)}`;
    await test.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'geheim'`);
    atEndOfFile(async () => void (await own.query(`DROP USER ${user}@'%'`)));
    await test.query(`GRANT ALTER, INSERT ON ${test.name}.* TO ${user}@'%'`);
    const url = new URL(test.url);
    url.username = user;
    url.password = 'geheim';
    const optimizer = await openOptimizer({ test, url: url.href });
    const plan = await optimizer.plan();
    expect(plan.maintained.tables).toMatchObject([
      {
        status: 'blocked',
        catchAllRows: null,
        reason: expect.stringContaining(
          'whether rows sit in pmax is not known: the account lacks a privilege',
        ) as string,
      },
    ]);
  });
});

describe('a plan', () => {
  it('holds the statement of a conversion where one is possible, and it can be run', async () => {
    await test.query(
      `CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, logged_at DATETIME NOT NULL, UNIQUE (id, logged_at))`,
    );
    await test.query(
      'CREATE TABLE bound (id INT PRIMARY KEY, made_at DATE NOT NULL, log_id INT, FOREIGN KEY (log_id) REFERENCES log (id))',
    );
    await test.query(
      'CREATE TABLE free (id INT AUTO_INCREMENT PRIMARY KEY, made_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)',
    );
    const { partitions } = await (await openOptimizer({ test })).plan();
    const sql = Object.fromEntries(partitions.map((verdict) => [verdict.table, verdict.sql]));
    expect(sql).toMatchObject({ log: [], bound: [] });
    expect(sql['free']).toHaveLength(1);
    await test.query(sql['free']?.[0] ?? '');
    expect(await partitionNames('free')).toContain('pmax');
  });
});

describe('a whole run of the optimizer', () => {
  it('adds the coming months too; a plan shows them, and a second run has nothing to do', async () => {
    await createLog('visits', 'columns', { catchAll: true });
    const optimizer = await openOptimizer({ test });
    const before = await optimizer.schema();
    const plan = await optimizer.plan();
    expect(plan.maintained.tables).toMatchObject([{ table: 'visits', status: 'proposed' }]);
    expect(plan.summary.proposed).toBe(1);
    expect(await optimizer.schema()).toEqual(before);
    const run = await optimizer.run();
    expect(run.maintained.tables).toMatchObject([{ table: 'visits', status: 'applied' }]);
    expect(run.summary.proposed).toBe(0);
    expect((await optimizer.run()).maintained.tables).toMatchObject([{ status: 'ok', months: [] }]);
  });
});
