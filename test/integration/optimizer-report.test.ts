import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { writePage } from '../../src/optimizer/report/page/write.ts';
import { keptSnapshots } from '../../src/optimizer/report/snapshots.ts';
import type { ReportResult, TableReport } from '../../src/optimizer/report/result.ts';
import { createEvents, openOptimizer } from '../support/optimizer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const bySource = "SELECT id, note FROM events WHERE source = 7 AND happened_at > '2026-01-05';";

function tableOf({ tables }: ReportResult, name: string): TableReport {
  const found = tables.find((table) => table.name === name);
  if (!found) throw new Error(`the report has no table ${name}`);
  return found;
}

/** An account that may do on the test's database what is said, and nothing elsewhere. */
async function accountWith(
  optimizer: Awaited<ReturnType<typeof openOptimizer>>,
  privileges: string,
): Promise<string> {
  const { test } = optimizer;
  const user = `u${test.name.slice(5)}`;
  await test.query(`CREATE USER ${user} IDENTIFIED BY 'only-for-tests'`);
  await test.query(`GRANT ${privileges} ON ${test.name}.* TO ${user}`);
  const url = new URL(test.url);
  [url.username, url.password] = [user, 'only-for-tests'];
  return url.href;
}

describe('a report', () => {
  it('has the sizes that the server keeps, and no table of scalectl itself', async () => {
    const optimizer = await openOptimizer();
    await createEvents(optimizer.test);
    await optimizer.test.query('ALTER TABLE events ADD UNIQUE INDEX one (id, kind)');
    await optimizer.test.query('ANALYZE TABLE events');
    await optimizer.report();
    const report = await optimizer.report();
    expect(report.tables.map(({ name }) => name)).toEqual(['events']);
    const events = tableOf(report, 'events');
    const [row] = await optimizer.test.query<{ data: number; indexes: number; free: number }>(
      `SELECT CAST(DATA_LENGTH AS SIGNED) AS data, CAST(INDEX_LENGTH AS SIGNED) AS indexes, CAST(DATA_FREE AS SIGNED) AS free
       FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'events'`,
    );
    expect(events).toMatchObject({
      dataBytes: row?.data,
      indexBytes: row?.indexes,
      freeBytes: row?.free,
    });
    const [primary, one] = events.indexes;
    expect(primary).toMatchObject({ name: 'PRIMARY', isPrimary: true, sizeBytes: row?.data });
    expect(one).toMatchObject({
      name: 'one',
      columns: '(id, kind)',
      isUnique: true,
      sizeBytes: row?.indexes,
      madeBy: null,
    });
    expect(report.unknown.filter((text) => /free space|size of each index/.test(text))).toEqual([]);
  });

  it('tells what changed since the last one: rows, bytes, indexes by name, tables, runs', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await createEvents(test);
    await test.query('CREATE TABLE old (id INT PRIMARY KEY)');
    await test.query('ALTER TABLE events ADD INDEX by_kind (kind)');
    const first = await optimizer.report();
    expect(first.changes).toBeNull();
    expect(first.memory).toEqual({ isWritten: true, reason: null });

    await test.query('DROP TABLE old');
    await test.query('CREATE TABLE fresh (id INT PRIMARY KEY)');
    await test.query('ALTER TABLE events DROP INDEX by_kind');
    await test.query(
      'INSERT INTO events SELECT id + 20000, source, kind, note, happened_at FROM events',
    );
    await test.query('ANALYZE TABLE events');
    const { runId } = await optimizer.run({ workload: bySource });
    const { changes, trend, runs } = await optimizer.report();
    expect(changes).toMatchObject({
      tablesAdded: ['fresh'],
      tablesGone: ['old'],
      runs: [runId],
      since: first.takenAt,
    });
    const [events] = changes?.tables ?? [];
    expect(events).toMatchObject({
      table: 'events',
      indexesAdded: ['idx_events_source_happened_at (source, happened_at)'],
      indexesGone: ['by_kind (kind)'],
    });
    expect(events?.rowsChange).toBeGreaterThan(10_000);
    expect(trend).toHaveLength(2);
    expect(runs.map((run) => [run.runId, run.steps.map(({ state }) => state)])).toEqual([
      [runId, ['applied']],
    ]);
  });

  it('has before and after of each statement that a kept index was proven on', async () => {
    const optimizer = await openOptimizer();
    await createEvents(optimizer.test);
    expect((await optimizer.report()).queries).toEqual([]);
    const { runId } = await optimizer.run({ workload: bySource });
    const report = await optimizer.report();
    expect(report.queries).toHaveLength(1);
    const [query] = report.queries;
    expect(query).toMatchObject({ statement: bySource.slice(0, -1), runId, isThere: true });
    expect(query?.gain).toBeCloseTo((query?.withoutMs ?? 0) / (query?.withMs ?? 1), 1);
    const made = tableOf(report, 'events').indexes.find(({ madeBy }) => madeBy !== null);
    expect(made).toMatchObject({
      name: 'idx_events_source_happened_at',
      madeBy: { runId, gain: query?.gain },
    });

    await optimizer.test.query('ALTER TABLE events DROP INDEX idx_events_source_happened_at');
    expect((await optimizer.report()).queries[0]?.isThere).toBe(false);
    await optimizer.rollback(runId);
    expect((await optimizer.report()).queries).toEqual([]);
  });

  it('adds the partitions of a table up, and says which months it has', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await test.query(
      `CREATE TABLE visits (id INT, at DATETIME NOT NULL, KEY by_id (id)) PARTITION BY RANGE COLUMNS (at)
         (PARTITION p2020_01 VALUES LESS THAN ('2020-02-01'), PARTITION p2020_02 VALUES LESS THAN ('2020-03-01'))`,
    );
    await test.query('ANALYZE TABLE visits');
    const report = await optimizer.report();
    const visits = tableOf(report, 'visits');
    expect(visits.isPartitioned).toBe(true);
    // Two partitions, each with one page for each index.
    expect(visits.indexes).toMatchObject([{ name: 'by_id', sizeBytes: 2 * 16_384 }]);
    expect(report.partitions.tables).toMatchObject([{ table: 'visits', lastMonth: '2020-02' }]);
  });

  it('says no free space for a table in the shared file, and no size for compressed indexes', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await test.query('SET GLOBAL innodb_file_per_table = 0');
    try {
      await test.query('CREATE TABLE `in-shared <ü>` (id INT PRIMARY KEY)');
    } finally {
      await test.query('SET GLOBAL innodb_file_per_table = 1');
    }
    await test.query('CREATE TABLE packed (id INT PRIMARY KEY) ROW_FORMAT=COMPRESSED');
    const report = await optimizer.report();
    expect(tableOf(report, 'in-shared <ü>')).toMatchObject({ freeBytes: null, freeShare: null });
    expect(tableOf(report, 'packed').freeBytes).toBe(0);
    expect(tableOf(report, 'packed').indexes[0]?.sizeBytes).toBeNull();
  });

  it('keeps the last 60', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await test.query('CREATE TABLE t (id INT PRIMARY KEY)');
    await optimizer.report();
    await test.query(
      `INSERT INTO scalectl_report_snapshots (taken_at, tables, table_rows, data_bytes, index_bytes, figures)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70)
       SELECT taken_at, tables, table_rows, data_bytes, index_bytes, figures FROM scalectl_report_snapshots, n`,
    );
    const report = await optimizer.report();
    expect(report.trend).toHaveLength(keptSnapshots + 1);
    const [row] = await test.query<{ kept: number }>(
      'SELECT COUNT(*) AS kept FROM scalectl_report_snapshots',
    );
    expect(Number(row?.kept)).toBe(keptSnapshots);
  });

  it('writes nothing into the database when it is not to be remembered', async () => {
    const optimizer = await openOptimizer();
    await optimizer.test.query('CREATE TABLE t (id INT PRIMARY KEY)');
    const report = await optimizer.report({ isRemembered: false });
    expect(report.memory.isWritten).toBe(false);
    expect(await optimizer.test.query('SHOW TABLES')).toHaveLength(1);
  });

  it('works with one connection', async () => {
    const optimizer = await openOptimizer({ settings: { SCALECTL_DATABASE_POOL_SIZE: '1' } });
    await optimizer.test.query('CREATE TABLE t (id INT PRIMARY KEY)');
    expect((await optimizer.report()).memory.isWritten).toBe(true);
  });
});

describe('for an account that may only read', () => {
  it('the report is made, and says what it cannot tell and that it is not remembered', async () => {
    const owner = await openOptimizer();
    await createEvents(owner.test);
    const url = await accountWith(owner, 'SELECT');
    const reader = await openOptimizer({ test: owner.test, url });
    const report = await reader.report();
    expect(tableOf(report, 'events')).toMatchObject({ freeBytes: null });
    expect(tableOf(report, 'events').dataBytes).toBeGreaterThan(0);
    expect(tableOf(report, 'events').indexes[0]?.sizeBytes).toBeNull();
    expect(report.unknown.join('\n')).toMatch(/without PROCESS.*\n.*innodb_index_stats/);
    expect(report.memory.isWritten).toBe(false);
    expect(report.memory.reason).toContain('lacks a privilege');

    await owner.report();
    expect((await reader.report()).changes).not.toBeNull();
  });
});

describe('the page', () => {
  it('is readable by its owner alone, also where a file of others stood', async () => {
    const optimizer = await openOptimizer();
    await optimizer.test.query('CREATE TABLE t (id INT PRIMARY KEY)');
    const file = path.join(await temporaryFolder(), 'report.html');
    await writeFile(file, 'old');
    await chmod(file, 0o644);
    await writePage(file, await optimizer.report());
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('that cannot be written is an error that names the file', async () => {
    const optimizer = await openOptimizer();
    const file = path.join(await temporaryFolder(), 'nowhere', 'report.html');
    await expect(writePage(file, await optimizer.report())).rejects.toMatchObject({
      code: 'operation-failed',
      message: expect.stringContaining(file) as string,
    });
  });
});
