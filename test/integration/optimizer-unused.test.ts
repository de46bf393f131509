import { describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { freshDatabase } from '../support/database.ts';
import { brief, openOptimizer } from '../support/optimizer.ts';
import type { OpenOptimizer } from '../support/optimizer.ts';

const settings = { SCALECTL_OPTIMIZER_UNUSED_AFTER: '2s' };

/** A table with an index that is read, one that is not, and those that must stay; it is old enough when this returns. */
async function openVisits(): Promise<OpenOptimizer> {
  const optimizer = await openOptimizer({ settings });
  const { test } = optimizer;
  await test.query('CREATE TABLE places (id INT PRIMARY KEY, name VARCHAR(20))');
  await test.query(
    `CREATE TABLE visits (id INT AUTO_INCREMENT PRIMARY KEY, place_id INT, code INT, source INT, note VARCHAR(20), day INT,
       UNIQUE KEY once (code), KEY to_place (place_id), KEY by_source (source), KEY by_note (note), KEY by_day (day, note),
       CONSTRAINT to_place FOREIGN KEY (place_id) REFERENCES places (id))`,
  );
  await test.query('INSERT INTO places VALUES (1, "here")');
  await test.query(
    `INSERT INTO visits (place_id, code, source, note, day)
     WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 499) SELECT 1, i, i, i, i FROM n`,
  );
  await sleep(2200);
  await test.query('SELECT * FROM visits FORCE INDEX (by_source) WHERE source = 7');
  return optimizer;
}

describe('unused-index', () => {
  it('names what nothing read while the table was read, and nothing that has to stay', async () => {
    const optimizer = await openVisits();
    const { findings, summary } = await optimizer.plan();
    expect(brief(findings)).toEqual([
      'unused-index visits (day, note) proposed',
      'unused-index visits (note) proposed',
    ]);
    expect(summary).toMatchObject({ unused: 2, proposed: 2 });
    expect(findings[0]?.reason).toMatch(/nothing has read it since the table was last altered \d/);
    const { findings: withWorkload } = await optimizer.plan(
      "SELECT id FROM visits WHERE note = '7';",
    );
    expect(brief(withWorkload)).toEqual(['unused-index visits (day, note) proposed']);
  });

  it('drops them only when asked, and a rollback puts them back exactly', async () => {
    const optimizer = await openVisits();
    const before = await optimizer.schema();
    const asked: string[][] = [];
    const kept = await optimizer.run({
      dropRedundant: true,
      confirmDrops: () => Promise.reject(new Error('asked')),
    });
    expect(kept.findings.map(({ status }) => status)).toEqual(['proposed', 'proposed']);
    expect(await optimizer.schema()).toEqual(before);
    const run = await optimizer.run({
      dropUnused: true,
      confirmDrops: (names) => Promise.resolve(void asked.push(names)),
    });
    expect(asked).toEqual([['visits.by_day', 'visits.by_note']]);
    expect(run.findings.map(({ status }) => status)).toEqual(['applied', 'applied']);
    expect(run.summary).toMatchObject({ unused: 2, proposed: 0 });
    await optimizer.rollback(run.runId);
    expect(await optimizer.schema()).toEqual(before);
    // What a person put back is left alone, also when the counters say the same again.
    await sleep(2200);
    await optimizer.test.query('SELECT * FROM visits WHERE source = 7');
    expect((await optimizer.plan()).findings).toEqual([]);
  });

  it('looks again before it drops, and leaves what was used or made anew since the plan', async () => {
    const optimizer = await openVisits();
    const { test } = optimizer;
    const result = await optimizer.plan();
    await test.query("SELECT * FROM visits FORCE INDEX (by_note) WHERE note = '7'");
    const run = await optimizer.run({ given: { result, statements: [] }, dropUnused: true });
    expect(run.findings.map(({ index, status }) => `${index ?? ''} ${status}`)).toEqual([
      'by_day applied',
      'by_note blocked',
    ]);
    expect(run.findings[1]?.reason).toBe('it was used since the plan');
    const again = await optimizer.run({ given: { result, statements: [] }, dropUnused: true });
    expect(again.findings[1]?.reason).toContain('starts the counters anew');
  });

  it('claims nothing before the counters are old enough, nor of a table that nothing reads', async () => {
    const young = await openOptimizer({ settings: { SCALECTL_OPTIMIZER_UNUSED_AFTER: '1h' } });
    await young.test.query('CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY by_a (a))');
    const plan = await young.plan();
    expect(plan.findings).toEqual([]);
    expect(plan.summary.unused).toBeNull();
    expect(plan.unknown.join()).toMatch(/unused is not known: the server started .* ago/);

    await sleep(2200);
    const silent = await openOptimizer({ settings, test: young.test });
    const { findings, summary } = await silent.plan();
    expect(findings).toEqual([]);
    expect(summary.unused).toBe(0);
  });

  it('takes an account without the right to read the counters', async () => {
    await using test = await freshDatabase();
    const account = `reader_${test.name.slice(5)}`;
    await test.query('CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY by_a (a))');
    await test.query(`CREATE USER ${account} IDENTIFIED BY 'x'`);
    await test.query(`GRANT ALL ON ${test.name}.* TO ${account}`);
    const url = new URL(test.url);
    url.username = account;
    url.password = 'x';
    const optimizer = await openOptimizer({ test, url: url.href, settings });
    await sleep(2000);
    const { summary, unknown } = await optimizer.plan();
    await test.query(`DROP USER ${account}`);
    expect(summary.unused).toBeNull();
    expect(unknown.join()).toContain('unused is not known: this account may not read');
  });
});
