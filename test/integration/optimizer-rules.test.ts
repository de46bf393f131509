import { describe, expect, it } from 'vitest';
import type { Finding, RuleName } from '../../src/optimizer/findings.ts';
import { openOptimizer } from '../support/optimizer.ts';
import type { OpenOptimizer } from '../support/optimizer.ts';

async function found(
  optimizer: OpenOptimizer,
  rule: RuleName,
  workload?: string,
): Promise<Finding[]> {
  const { findings } = await optimizer.plan(workload);
  return findings.filter((finding) => finding.rule === rule);
}

/** Numbers 0 … 11,999 without a table of them. */
const numbers = `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 119),
  m (i) AS (SELECT a.i * 100 + b.i FROM n a CROSS JOIN n b WHERE b.i < 100)`;

describe('auto-increment', () => {
  it('names a column that has used up 70 % of its type, and the statement for a larger one', async () => {
    const optimizer = await openOptimizer();
    await optimizer.test.query('CREATE TABLE full_one (id INT AUTO_INCREMENT PRIMARY KEY)');
    await optimizer.test.query('ALTER TABLE full_one AUTO_INCREMENT = 1600000001');
    const [finding, ...others] = await found(optimizer, 'auto-increment');
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      table: 'full_one',
      columns: ['id'],
      status: 'review',
      sql: ['ALTER TABLE `full_one` MODIFY `id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT'],
    });
    expect(finding?.reason).toContain('1,600,000,000 of 2,147,483,647 values of full_one.id');
    expect(finding?.reason).toContain('74.5 %');
    await optimizer.test.query(finding?.sql[0] ?? '');
    expect(await found(optimizer, 'auto-increment')).toEqual([]);
  });

  it('knows the sign, and gives no statement that foreign keys would refuse', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await test.query('CREATE TABLE half (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY)');
    await test.query('ALTER TABLE half AUTO_INCREMENT = 1600000001');
    await test.query('CREATE TABLE tiny (id TINYINT UNSIGNED AUTO_INCREMENT PRIMARY KEY)');
    await test.query('ALTER TABLE tiny AUTO_INCREMENT = 200');
    await test.query(
      'CREATE TABLE child (id INT PRIMARY KEY, tiny_id TINYINT UNSIGNED, CONSTRAINT to_tiny FOREIGN KEY (tiny_id) REFERENCES tiny (id))',
    );
    const findings = await found(optimizer, 'auto-increment');
    expect(findings).toMatchObject([{ table: 'tiny', sql: [] }]);
    expect(findings[0]?.reason).toContain('child.to_tiny');
  });
});

describe('charset-outlier', () => {
  it('names the table whose texts differ from most, with a statement that mends it', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    for (const name of ['a', 'b', 'c']) {
      await test.query(`CREATE TABLE ${name} (id INT PRIMARY KEY, note VARCHAR(20))`);
    }
    await test.query(
      'CREATE TABLE old (id INT PRIMARY KEY, note VARCHAR(20)) CHARACTER SET utf8mb3',
    );
    const [finding, ...others] = await found(optimizer, 'charset-outlier');
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ table: 'old', columns: ['note'], status: 'review' });
    expect(finding?.reason).toContain('utf8mb3 refuses characters of four bytes');
    await test.query(finding?.sql[0] ?? '');
    expect(await found(optimizer, 'charset-outlier')).toEqual([]);
  });

  it('leaves tokens, codes and JSON alone, and a database with few tables', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await test.query(
      'CREATE TABLE a (id INT PRIMARY KEY, x VARCHAR(20) CHARACTER SET latin1, y VARCHAR(20))',
    );
    await test.query('CREATE TABLE b (id INT PRIMARY KEY, note VARCHAR(20))');
    expect(await found(optimizer, 'charset-outlier')).toEqual([]);
    await test.query('DROP TABLE a');
    await test.query(
      `CREATE TABLE a (id INT PRIMARY KEY, name VARCHAR(20), data JSON,
         token VARCHAR(64) COLLATE utf8mb4_bin, code CHAR(2) CHARACTER SET ascii)`,
    );
    await test.query('CREATE TABLE c (id INT PRIMARY KEY, note VARCHAR(20))');
    expect(await found(optimizer, 'charset-outlier')).toEqual([]);
  });

  it('gives no statement for a column among others, or one in a foreign key', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await test.query(
      'CREATE TABLE a (code VARCHAR(9) CHARACTER SET latin1 PRIMARY KEY, note VARCHAR(20))',
    );
    await test.query('CREATE TABLE b (id INT PRIMARY KEY, note VARCHAR(20))');
    await test.query(
      `CREATE TABLE c (id INT PRIMARY KEY, code VARCHAR(9) CHARACTER SET latin1, note VARCHAR(20),
         CONSTRAINT to_a FOREIGN KEY (code) REFERENCES a (code))`,
    );
    const findings = await found(optimizer, 'charset-outlier');
    expect(findings).toMatchObject([
      { table: 'a', columns: ['code'], sql: [] },
      { table: 'c', columns: ['code'], sql: [] },
    ]);
    expect(findings[1]?.reason).toContain('the foreign key to_a must be dropped before');
  });
});

describe('engine-outlier', () => {
  it('names MyISAM and Aria among InnoDB tables, and what InnoDB would first need', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    for (const name of ['a', 'b', 'c'])
      await test.query(`CREATE TABLE ${name} (id INT PRIMARY KEY)`);
    await test.query(
      'CREATE TABLE words (id INT PRIMARY KEY, text TEXT, FULLTEXT (text)) ENGINE=MyISAM',
    );
    await test.query(
      'CREATE TABLE counted (a INT, n INT AUTO_INCREMENT, PRIMARY KEY (a, n)) ENGINE=MyISAM',
    );
    await test.query('CREATE TABLE hot (id INT PRIMARY KEY) ENGINE=MEMORY');
    const findings = await found(optimizer, 'engine-outlier');
    expect(findings).toMatchObject([
      { table: 'counted', sql: [], status: 'review' },
      { table: 'words', sql: ['ALTER TABLE `words` ENGINE=InnoDB'], status: 'review' },
    ]);
    expect(findings[0]?.reason).toContain('InnoDB first needs an index that begins with n');
    expect(findings[1]?.reason).toContain('FULLTEXT');
    await test.query('ALTER TABLE words ENGINE=InnoDB');
    await test.query('DROP TABLE counted');
    expect(await found(optimizer, 'engine-outlier')).toEqual([]);
  });
});

describe('low-selectivity', () => {
  it('names an index of few values that no statement uses, and not one that is used', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await test.query(
      `CREATE TABLE jobs (id INT AUTO_INCREMENT PRIMARY KEY, state INT NOT NULL, kind INT NOT NULL, due INT NOT NULL,
         KEY by_state (state), KEY by_kind_due (kind, due))`,
    );
    await test.query(
      `INSERT INTO jobs (state, kind, due) ${numbers} SELECT IF(i < 20, 1, 2), i % 2, i FROM m`,
    );
    await test.query('ANALYZE TABLE jobs');
    const findings = await found(optimizer, 'low-selectivity');
    expect(findings).toMatchObject([{ index: 'by_state', status: 'review', step: null }]);
    expect(findings[0]?.reason).toMatch(/tells about [2-9] values apart on about 1[12],/);
    const used = 'SELECT id, due FROM jobs WHERE state = 1;';
    expect(await found(optimizer, 'low-selectivity', used)).toEqual([]);
  });
});

describe('texts that are compared with something else', () => {
  it('are told where the index is not used for it, and only there', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await test.query(
      `CREATE TABLE parcels (id INT PRIMARY KEY, number VARCHAR(20) NOT NULL, narrow VARCHAR(20) CHARACTER SET latin1,
         label VARCHAR(20), KEY (number), KEY (narrow))`,
    );
    await test.query(`INSERT INTO parcels ${numbers} SELECT i, i, i, i FROM m`);
    await test.query('CREATE TABLE scans (id INT PRIMARY KEY, parcel INT, code VARCHAR(20))');
    await test.query(`INSERT INTO scans ${numbers} SELECT i, i, i FROM m WHERE i < 200`);
    await test.query('ANALYZE TABLE parcels, scans');

    const byNumber = 'SELECT id FROM parcels WHERE number = 42;';
    const byList = 'SELECT id FROM parcels WHERE number IN (42, 43);';
    const [told] = await found(optimizer, 'implicit-conversion', byNumber);
    expect(told).toMatchObject({ table: 'parcels', columns: ['number'], status: 'review' });
    expect(told?.reason).toContain("write '42' in quotes");
    expect(told?.evidence.statements[0]?.plan).toContain('of parcels');
    expect(await found(optimizer, 'implicit-conversion', byList)).toHaveLength(1);
    for (const fine of [
      "SELECT id FROM parcels WHERE number = '42';",
      'SELECT id FROM parcels WHERE label = 42;',
      "SELECT id FROM parcels WHERE id = '42';",
      'SELECT p.id FROM scans s JOIN parcels p ON p.id = s.code;',
    ]) {
      expect(await found(optimizer, 'implicit-conversion', fine)).toEqual([]);
    }

    const join = 'SELECT p.id FROM scans s STRAIGHT_JOIN parcels p ON p.number = s.parcel;';
    const [joined] = await found(optimizer, 'implicit-conversion', join);
    expect(joined?.reason).toContain('is joined with the number scans.parcel (int');
    const cast =
      'SELECT p.id FROM scans s STRAIGHT_JOIN parcels p ON p.number = CAST(s.parcel AS CHAR);';
    const plan = await test.query<{ type: string }>(`EXPLAIN ${cast}`);
    expect(plan.map(({ type }) => type)).toEqual(['ALL', 'ref']);

    const mixed = 'SELECT p.id FROM scans s STRAIGHT_JOIN parcels p ON p.narrow = s.code;';
    const [mismatch] = await found(optimizer, 'collation-mismatch', mixed);
    expect(mismatch).toMatchObject({ table: 'parcels', columns: ['narrow'], status: 'review' });
    expect(mismatch?.reason).toContain('best utf8mb4_unicode_ci');
    const same = 'SELECT p.id FROM scans s STRAIGHT_JOIN parcels p ON p.number = s.code;';
    expect(await found(optimizer, 'collation-mismatch', same)).toEqual([]);
  });
});
