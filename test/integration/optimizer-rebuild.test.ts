import { describe, expect, it } from 'vitest';
import { inspectTable } from '../../src/optimizer/inspect.ts';
import { Journal } from '../../src/optimizer/journal.ts';
import { readSharedTables } from '../../src/optimizer/shared-files.ts';
import { openOptimizer } from '../support/optimizer.ts';
import type { OpenOptimizer } from '../support/optimizer.ts';

/** A table of about 20 MB of which nine rows in ten were deleted. */
async function createLoose({ test }: OpenOptimizer): Promise<void> {
  await test.query('CREATE TABLE visits (id INT PRIMARY KEY, note VARCHAR(2000), KEY (note (20)))');
  await test.query(
    `INSERT INTO visits WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
     SELECT a.i * 100 + b.i, REPEAT(CHAR(97 + b.i % 26), 2000) FROM n a CROSS JOIN n b`,
  );
  await test.query('DELETE FROM visits WHERE id % 1000 >= 100');
  await test.query('ANALYZE TABLE visits');
}

describe('--rebuild', () => {
  it('asks, gives the free room back, keeps the rows, and stands in the journal', async () => {
    const optimizer = await openOptimizer();
    const { test, database } = optimizer;
    await createLoose(optimizer);
    const context = { database: database.target.database, flavor: database.flavor };
    const sizeOf = async (): Promise<number> => {
      const table = await inspectTable(database, context, 'visits');
      return (table?.dataBytes ?? 0) + (table?.indexBytes ?? 0) + (table?.freeBytes ?? 0);
    };
    const before = await sizeOf();
    const asked: string[] = [];
    const result = await optimizer.run({
      rebuild: ['visits', 'visits'],
      confirmDrops: (names) => Promise.resolve(void asked.push(...names)),
    });
    expect(asked).toEqual(['visits rebuilt']);
    expect(result.findings).toMatchObject([
      { id: 'fragmentation visits', status: 'applied', step: { kind: 'rebuild' } },
    ]);
    const rows = await test.query<{ rows: number }>('SELECT COUNT(*) AS `rows` FROM visits');
    expect(rows).toEqual([{ rows: 1000 }]);
    await test.query('ANALYZE TABLE visits');
    expect(await sizeOf()).toBeLessThan(before / 2);
    const [step] = await new Journal(database).stepsOf([result.runId]);
    expect(step).toMatchObject({ state: 'applied', finding: { step: { kind: 'rebuild' } } });
    expect(await optimizer.rollback(result.runId)).toMatchObject({ steps: [] });
  });

  it('changes nothing when the answer is no', async () => {
    const optimizer = await openOptimizer();
    await optimizer.test.query('CREATE TABLE visits (id INT PRIMARY KEY)');
    const run = optimizer.run({
      rebuild: ['visits'],
      confirmDrops: () => Promise.reject(new Error('no')),
    });
    await expect(run).rejects.toThrow('no');
    expect(await new Journal(optimizer.database).runs(9)).toEqual([]);
  });

  it('refuses, without a question, tables that would be locked meanwhile', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await test.query('CREATE TABLE plain (id INT PRIMARY KEY) ENGINE=MyISAM');
    await test.query('CREATE TABLE words (id INT PRIMARY KEY, note TEXT, FULLTEXT (note))');
    const refused = test.query('ALTER TABLE words FORCE, ALGORITHM=INPLACE, LOCK=NONE');
    await expect(refused).rejects.toThrow();
    const result = await optimizer.run({
      rebuild: ['plain', 'words'],
      confirmDrops: () => Promise.reject(new Error('asked')),
    });
    const rebuilds = result.findings.filter(({ rule }) => rule === 'fragmentation');
    expect(rebuilds).toMatchObject([
      { table: 'plain', status: 'blocked', reason: 'MyISAM rebuilds a table with it locked' },
      {
        table: 'words',
        status: 'blocked',
        reason: 'a table with a FULLTEXT index is rebuilt with it locked',
      },
    ]);
  });

  it('names a table that is not there before anything is done', async () => {
    const optimizer = await openOptimizer();
    await expect(optimizer.run({ rebuild: ['nothing'] })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('nothing of --rebuild is no table') as unknown,
    });
  });
});

describe('the file that a table lies in', () => {
  it('is its own, or not, as the server says', async () => {
    const { test, database } = await openOptimizer();
    await test.query('CREATE TABLE own (id INT PRIMARY KEY)');
    const isShared = await readSharedTables(database, {
      database: database.target.database,
      innodbTablesView: database.flavor.innodbTablesView,
      signal: new AbortController().signal,
    });
    expect(isShared?.('own')).toBe(false);
  });
});
