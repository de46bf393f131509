import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { expect, it } from 'vitest';
import { observeAndKeep } from '../../src/optimizer/observe/keep.ts';
import { createShopTables } from '../../src/sandbox/shop/schema.ts';
import { brief, createEvents, createKeyWithoutIndex, openOptimizer } from '../support/optimizer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { writeWhile } from '../support/stall.ts';
import { describeEachDatabaseServer } from './matrix.ts';

describeEachDatabaseServer('the optimizer', (server, facts) => {
  it('finds the redundant indexes, drops them on request, and rolls back', async () => {
    const shop = await openOptimizer({ serverUrl: server().url });
    await createShopTables(shop.database);
    const before = await shop.schema();
    const { findings, server: told } = await shop.plan();
    expect(told.flavor).toBe(server().product);
    expect(findings.filter(({ status }) => status === 'proposed')).toHaveLength(10);
    expect(findings.every(({ rule }) => rule === 'redundant-index')).toBe(true);

    const run = await shop.run({ dropRedundant: true });
    expect(brief(run.findings).filter((text) => !text.endsWith(' applied'))).toEqual([]);
    expect((await shop.plan()).findings).toEqual([]);
    await shop.rollback(run.runId);
    expect(await shop.schema()).toEqual(before);
  });

  it('builds and proves an index that a file and the digests ask for, and takes it back', async () => {
    const optimizer = await openOptimizer({ serverUrl: server().url });
    await createEvents(optimizer.test);
    const before = await optimizer.schema();
    await optimizer.test.query('SELECT id FROM events WHERE source = 3');
    const workload = "SELECT id, note FROM events WHERE source = 7 AND happened_at > '2026-01-05';";
    const run = await optimizer.run({ workload });
    expect(brief(run.findings)).toEqual(['missing-index events (source, happened_at) applied']);
    expect(run.refused).toEqual([]);
    expect(run.evidence.map(({ source }) => source)).toContain('performance_schema');
    expect(run.findings[0]?.evidence.gain).toBeGreaterThan(2);
    expect((await optimizer.run({ workload })).findings).toEqual([]);
    await optimizer.rollback(run.runId);
    expect(await optimizer.schema()).toEqual(before);
  });

  it('rejects a hopeless index on a copy, of a table with partitions too, and tries a good one', async () => {
    const optimizer = await openOptimizer({
      serverUrl: server().url,
      settings: { SCALECTL_OPTIMIZER_SHADOW_FROM: '5000' },
    });
    await createEvents(optimizer.test);
    await optimizer.test.query(
      'ALTER TABLE events PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (9000), PARTITION b VALUES LESS THAN MAXVALUE)',
    );
    await optimizer.test.query('ANALYZE TABLE events');
    const { findings } = await optimizer.run({
      workload:
        "SELECT note FROM events WHERE happened_at > '2020-01-01';\nSELECT note FROM events WHERE source = 7;",
    });
    const [hopeless] = findings.filter(({ columns }) => columns[0] === 'happened_at');
    expect(hopeless?.reason).toMatch(/^judged on a copy of 20,000 rows: /);
    expect(findings.find(({ columns }) => columns[0] === 'source')?.status).toBe('applied');
    expect(await optimizer.test.query("SHOW TABLES LIKE 'scalectl\\_shadow%'")).toEqual([]);
  });

  it('weighs an index of an earlier run against what statements take since', async () => {
    const optimizer = await openOptimizer({ serverUrl: server().url });
    await createEvents(optimizer.test);
    const workload = "SELECT id, note FROM events WHERE source = 7 AND happened_at > '2026-01-05'";
    const read = async (): Promise<void> => {
      for (let i = 0; i < 100; i += 1) await optimizer.test.query(workload);
    };
    await read();
    await optimizer.run({ workload: `${workload};` });
    await read();
    const { watched } = await optimizer.plan();
    expect(watched).toMatchObject([
      { verdict: 'good', statements: [{ kind: 'read', sinceCount: 100 }] },
    ]);
    expect(watched[0]?.savedMs).toBeGreaterThan(0);
  });

  it('gives up on a table in use and names the connection that uses it', async () => {
    const optimizer = await openOptimizer({ serverUrl: server().url });
    const { test } = optimizer;
    await createEvents(test);
    await test.query('START TRANSACTION');
    await test.query('SELECT * FROM events LIMIT 1');
    const { longestMs, result } = await writeWhile(
      test,
      "INSERT INTO events (source, kind, note, happened_at) VALUES (1, 'usual', 'x', NOW())",
      () => optimizer.run({ workload: 'SELECT id FROM events WHERE source = 7;' }),
    );
    const { findings } = result;
    await test.query('COMMIT');
    expect(longestMs).toBeLessThan(1200);
    expect(brief(findings)).toEqual(['missing-index events (source) blocked']);
    expect(findings[0]?.reason).toContain(`connection ${test.connection.threadId} (`);
  });

  it('reads the slow log as a table, and as the file that this server writes', async () => {
    const optimizer = await openOptimizer({ serverUrl: server().url });
    const { test } = optimizer;
    await createEvents(test);
    const folder = await temporaryFolder();
    const file = path.join(server().dataDir, 'matrix-slow.log');
    await test.query("SET GLOBAL slow_query_log_file = 'matrix-slow.log'");
    await test.query("SET GLOBAL log_output = 'FILE,TABLE'");
    await test.query('SET GLOBAL slow_query_log = ON');
    if (server().product === 'mariadb') await test.query('SET SESSION slow_query_log = ON');
    await test.query('SET SESSION long_query_time = 0');
    for (let i = 0; i < 4; i += 1) {
      // Forms that digests write in another way, and a line end that ends no statement.
      await test.query(
        `SELECT note\n FROM events WHERE source = ${i} AND source > -1 AND note <> ';\n'
         AND happened_at > '2020-01-01' - INTERVAL 1 DAY`,
      );
    }
    await test.query('SET SESSION long_query_time = 10');
    const slowLog = path.join(folder, 'slow.log');
    await copyFile(file, slowLog);
    for (const evidence of [{}, { slowLog }]) {
      const { findings, refused } = await optimizer.plan(undefined, evidence);
      expect(refused).toEqual([]);
      expect(brief(findings)).toEqual(['missing-index events (source, happened_at) proposed']);
      const [first] = findings[0]?.evidence.statements ?? [];
      expect(first).toMatchObject({ count: 4, values: 'own' });
      expect(first?.sources).toContain('slow-log');
    }
    await test.query('SET GLOBAL slow_query_log = OFF');
  });

  it('observes what runs, and keeps it for a plan', async () => {
    const optimizer = await openOptimizer({ serverUrl: server().url });
    const { test, database } = optimizer;
    const running = test.query("SELECT SLEEP(0.8), 'a'");
    const seen = await observeAndKeep(
      database,
      { kind: 'table' },
      {
        durationMs: 1200,
        hz: 10,
        keepEveryMs: 30_000,
        onProgress: () => undefined,
        signal: new AbortController().signal,
      },
    );
    await running;
    expect(seen.forms).toMatchObject([{ executions: 1, statements: ["SELECT SLEEP(0.8), 'a'"] }]);
    expect(seen.forms[0]?.samples).toBeGreaterThan(3);
    expect((await optimizer.plan()).evidence.map(({ source }) => source)).toContain('observed');
  });

  // MySQL lets no such index go, so there is nothing to find.
  it.skipIf(facts.server.startsWith('mysql'))(
    'makes the index that a foreign key lacks, and takes it back',
    async () => {
      const optimizer = await openOptimizer({ serverUrl: server().url });
      await createKeyWithoutIndex(optimizer.test);
      const before = await optimizer.schema();
      const run = await optimizer.run();
      expect(brief(run.findings)).toEqual(['foreign-key-without-index child (parent_id) applied']);
      await optimizer.rollback(run.runId);
      expect(await optimizer.schema()).toEqual(before);
    },
  );

  it('names unused indexes only of tables that were not altered since, by either kind of counters', async () => {
    const optimizer = await openOptimizer({
      serverUrl: server().url,
      settings: { SCALECTL_OPTIMIZER_UNUSED_AFTER: '3s' },
    });
    const { test } = optimizer;
    const kinds = server().product === 'mariadb' ? [0, 1] : [null];
    for (const userstat of kinds) {
      if (userstat !== null) await test.query(`SET GLOBAL userstat = ${userstat}`);
      await test.query(
        'CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, KEY by_a (a), KEY by_b (b))',
      );
      await test.query('INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)');
      await sleep(4000);
      await test.query('CREATE TABLE other (id INT PRIMARY KEY)');
      const read = 'SELECT * FROM t FORCE INDEX (by_a) WHERE a = 1';
      const readOn = await mysql.createConnection({ uri: test.url });
      await readOn.query(read);
      // userstat adds what a connection did when its statement or the connection has ended.
      await readOn.end();
      await sleep(300);
      const names = async (): Promise<string[]> =>
        (await optimizer.plan()).findings.map(({ id }) => id);
      expect(await names()).toEqual(['unused-index t.by_b']);
      await test.query('ALTER TABLE t ADD INDEX by_both (a, b), ALGORITHM=INPLACE, LOCK=NONE');
      await test.query(read);
      expect((await names()).filter((id) => id.startsWith('unused'))).toEqual([]);
      await test.query('DROP TABLE t, other');
    }
  });
});
