import { expect, it } from 'vitest';
import { createShopTables } from '../../src/sandbox/shop/schema.ts';
import { brief, createEvents, createKeyWithoutIndex, openOptimizer } from '../support/optimizer.ts';
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
});
