import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import mysql from 'mysql2/promise';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import { inspectSchema } from '../../src/optimizer/inspect.ts';
import { dropExported } from '../../src/optimizer/partitions/export/drop-exported.ts';
import { exportPartition } from '../../src/optimizer/partitions/export/export-partition.ts';
import { fingerprint } from '../../src/optimizer/partitions/fingerprint.ts';
import { maintainPartitions } from '../../src/optimizer/partitions/maintain.ts';
import type { MaintainResult } from '../../src/optimizer/partitions/maintain.ts';
import { openRun } from '../../src/optimizer/run.ts';
import type { Run } from '../../src/optimizer/run.ts';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const now = new Date('2026-12-24T12:00:00Z');
/** More than one read of the export takes at first. */
const manyRows = 250;

let test: TestDatabase;
let folder: string;

beforeEach(async () => {
  test = await freshDatabase();
  folder = await temporaryFolder();
  await test.query(`SET time_zone = '+00:00', sql_mode = ''`);
  await test.query(
    `CREATE TABLE visits (id INT NOT NULL, seen_at DATETIME NOT NULL, note TEXT, raw BLOB, ratio FLOAT, exact DOUBLE,
       flags BIT(9), kind ENUM('a', 'b'), stamp TIMESTAMP(3) NULL, doc JSON, price DECIMAL(30,10), narrow VARCHAR(9) CHARACTER SET latin1,
       doubled INT AS (id * 2) STORED, PRIMARY KEY (id, seen_at))
     PARTITION BY RANGE COLUMNS (seen_at) (PARTITION p2026_10 VALUES LESS THAN ('2026-11-01'),
       PARTITION p2026_11 VALUES LESS THAN ('2026-12-01'), PARTITION pmax VALUES LESS THAN (MAXVALUE))`,
  );
  await test.query(
    `INSERT INTO visits (id, seen_at) SELECT 100 + seq, '2026-10-02' FROM seq_1_to_${manyRows}`,
  );
  const columns = 'id, seen_at, note, raw, ratio, exact, flags, kind, stamp, doc, price, narrow';
  await test.query(`INSERT INTO visits (${columns}) VALUES ?`, [
    [
      [
        1,
        '2026-10-05',
        `it's\r\na "\\n"\n(line)\t\0\u001a🙂`,
        Buffer.from([0, 255, 39, 10]),
        0.1,
        1 / 3,
        Buffer.from([1, 2]),
        'b',
        '2026-10-25 01:30:00.123',
        '{"a": "x\\ny"}',
        '12345678901234567890.0123456789',
        'é',
      ],
      [
        2,
        '2026-10-31 23:59:59',
        '',
        Buffer.alloc(0),
        -1e-30,
        1e300,
        Buffer.from([0, 0]),
        'wrong',
        null,
        null,
        null,
        '',
      ],
      [3, '2026-11-01', 'kept', null, null, null, null, null, null, null, null, null],
    ],
  ]);
});

async function openTestRun(settings: Record<string, string> = {}): Promise<Run & AsyncDisposable> {
  const environment = { SCALECTL_DB_URL: test.url, ...settings };
  const { values } = await loadConfig({ workingDirectory: '/', environment, discover: false });
  const database = await connectDatabase(values.database);
  const run = await openRun(database, {
    settings: values.optimizer,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
  return {
    ...run,
    [Symbol.asyncDispose]: async () => {
      await run[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

async function maintain(run: Run, exportTo = folder): Promise<MaintainResult['tables'][number]> {
  const options = { ahead: 1, now, retention: { visits: 1 }, exportTo };
  const [table] = (await maintainPartitions(run, options)).tables;
  if (!table) throw new Error('the table is not there');
  return table;
}

async function partitions(): Promise<string[]> {
  const rows = await test.query<{ name: string }>(
    `SELECT PARTITION_NAME AS name FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = 'visits'`,
    [test.name],
  );
  return rows.map(({ name }) => name);
}

async function visits(run: Run): Promise<{ table: Parameters<typeof exportPartition>[1] }> {
  const { flavor } = run.database;
  const { signal } = run;
  const schema = await inspectSchema(run.session, { database: test.name, flavor, signal });
  const table = schema.tables.get('visits');
  if (!table) throw new Error('the table is not there');
  return { table };
}

const everything =
  'id seen_at note raw ratio exact flags kind stamp doc price narrow doubled'.split(' ');

describe('a partition that is exported before it is dropped', () => {
  it('comes back from its file row by row as it was', async () => {
    await using run = await openTestRun();
    const before = await fingerprint(run.session, 'visits', everything, { partition: 'p2026_10' });
    expect(before.rows).toBe(manyRows + 2);
    const table = await maintain(run);
    expect(table).toMatchObject({ status: 'applied', expired: [{ name: 'p2026_10' }] });
    expect(await partitions()).toEqual(['p2026_11', 'p2026_12', 'p2027_01', 'pmax']);
    const file = table.expired[0]?.file ?? '';
    expect(await readdir(folder)).toEqual([path.basename(file)]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await using other = await freshDatabase();
    const client = await mysql.createConnection({ uri: other.url, multipleStatements: true });
    await client.query(gunzipSync(await readFile(file)).toString());
    await client.end();
    await other.query(`SET time_zone = '+00:00'`);
    await using database = await connectDatabase(
      (
        await loadConfig({
          workingDirectory: '/',
          environment: { SCALECTL_DB_URL: other.url },
          discover: false,
        })
      ).values.database,
    );
    expect(await fingerprint(database, 'visits', everything)).toEqual(before);
  });

  it('is written once where a run was killed before it dropped it, and its drafts go', async () => {
    await using run = await openTestRun();
    const { table } = await visits(run);
    const { file } = await exportPartition(run, table, 'p2026_10', folder);
    const { ino } = await stat(file);
    await writeFile(path.join(folder, `${test.name}.visits.p2026_10.9-rows.aa.sql.gz.partial`), '');
    const again = await exportPartition(run, table, 'p2026_10', folder);
    expect(again.file).toBe(file);
    expect((await stat(file)).ino).toBe(ino);
    expect(await readdir(folder)).toEqual([path.basename(file)]);
  });

  it('stays where a row came or changed since', async () => {
    await using run = await openTestRun();
    const { table } = await visits(run);
    const exported = await exportPartition(run, table, 'p2026_10', folder);
    await test.query(`UPDATE visits SET note = 'late' WHERE id = 101`);
    await expect(dropExported(run, table, 'p2026_10', exported)).rejects.toThrow(
      'p2026_10 was not dropped: its rows changed while they were exported',
    );
    expect(await partitions()).toContain('p2026_10');
    // Nobody waits for the table afterwards, and the next run exports what is there now.
    await test.query(`INSERT INTO visits (id, seen_at) VALUES (5, '2026-10-06')`);
    expect(await maintain(run)).toMatchObject({ status: 'applied' });
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('stays, with all others, where the folder cannot be written to', async () => {
    await using run = await openTestRun();
    const notAFolder = path.join(folder, 'file');
    await writeFile(notAFolder, '');
    expect(await maintain(run, notAFolder)).toMatchObject({
      status: 'blocked',
      reason: expect.stringMatching(/^nothing was exported to .*, and nothing dropped: /) as string,
      expired: [{ name: 'p2026_10', file: null }],
    });
    expect(await partitions()).toContain('p2026_10');
  });

  it('stays where its rows have no primary key to be read by', async () => {
    await using run = await openTestRun();
    await test.query('ALTER TABLE visits DROP PRIMARY KEY');
    expect(await maintain(run)).toMatchObject({
      status: 'blocked',
      reason: expect.stringContaining('it has no primary key') as string,
    });
    expect(await partitions()).toContain('p2026_10');
  });
});
