import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { expect, it } from 'vitest';
import { createShopTables } from '../../src/sandbox/shop/schema.ts';
import { brief, createEvents, createKeyWithoutIndex, openOptimizer } from '../support/optimizer.ts';
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

  it('gives up on a table in use and names the connection that uses it', async () => {
    const optimizer = await openOptimizer({ serverUrl: server().url });
    const { test } = optimizer;
    await createEvents(test);
    await test.query('START TRANSACTION');
    await test.query('SELECT * FROM events LIMIT 1');
    const { findings } = await optimizer.run({
      workload: 'SELECT id FROM events WHERE source = 7;',
    });
    await test.query('COMMIT');
    expect(brief(findings)).toEqual(['missing-index events (source) blocked']);
    expect(findings[0]?.reason).toContain(`connection ${test.connection.threadId} (`);
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
