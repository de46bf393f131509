import { describe, expect, it } from 'vitest';
import { brief, emptyShop, openOptimizer } from '../support/optimizer.ts';
import type { OpenOptimizer } from '../support/optimizer.ts';

/** What the platform's own schema repeats: nine times a UNIQUE, once the beginning of a longer index. */
const repeatedByTheShop = [
  'admins.idx_admin_email',
  'admins.idx_admin_username',
  'bills.idx_bill_number',
  'bills.idx_bill_order',
  'bills.idx_bill_user',
  'orders.idx_order_number',
  'payments.idx_payment_order',
  'retailer_applications.idx_application_email',
  'users.idx_user_email',
  'users.idx_user_username',
];

/** The statements of the platform's old optimizer that work; ten more name columns that do not exist. */
const oldOptimizer = Object.entries({
  users: ['email', 'phone', 'created_at'],
  products: ['price', 'created_at'],
  orders: ['user_id', 'status'],
  payments: ['status', 'payment_method', 'created_at'],
  bills: ['user_id', 'order_id'],
  contact_messages: ['status', 'email', 'created_at'],
  retailer_applications: ['status'],
}).flatMap(([table, columns]) =>
  columns.map((column) => `ALTER TABLE ${table} ADD INDEX idx_${column} (${column})`),
);

async function redundantIn(optimizer: OpenOptimizer): Promise<string[]> {
  const { findings } = await optimizer.plan();
  return findings
    .filter((finding) => finding.rule === 'redundant-index' && finding.status === 'proposed')
    .map(({ table, index }) => `${table}.${index ?? ''}`);
}

/** Of the server's own list, which Percona and others are measured by too: one row a pair. */
async function redundantBySys({ test }: OpenOptimizer): Promise<string[]> {
  const rows = await test.query<{ name: string }>(
    `SELECT DISTINCT CONCAT(table_name, '.', redundant_index_name) AS name
     FROM sys.schema_redundant_indexes WHERE table_schema = DATABASE() ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

describe('redundant indexes of the platform', () => {
  it('are exactly the ten that its schema repeats', async () => {
    const shop = await emptyShop();
    expect(await redundantIn(shop)).toEqual(repeatedByTheShop);
    expect(await redundantBySys(shop)).toEqual(repeatedByTheShop);
    const { findings, summary } = await shop.plan();
    expect(findings).toHaveLength(10);
    expect(summary).toMatchObject({ tables: 11, proposed: 10, review: 0, redundant: 10 });
  });

  it('are exactly twenty-one after its old optimizer has run, and none after they are dropped', async () => {
    const shop = await emptyShop();
    expect(oldOptimizer).toHaveLength(16);
    for (const statement of oldOptimizer) await shop.test.query(statement);
    const found = await redundantIn(shop);
    expect(found).toHaveLength(21);
    // Of two equal indexes it does not matter which one goes: both lists name as many on each column.
    const bySys = await redundantBySys(shop);
    expect(tablesOf(found)).toEqual(tablesOf(bySys));
    const { findings } = await shop.run({ dropRedundant: true });
    expect(findings.map(({ status }) => status)).toEqual(Array<string>(21).fill('applied'));
    expect(await redundantBySys(shop)).toEqual([]);
    expect(await redundantIn(shop)).toEqual([]);
  });

  it('are dropped only when that is asked for, and come back exactly with a rollback', async () => {
    const shop = await emptyShop();
    const before = await shop.schema();
    const kept = await shop.run();
    expect(brief(kept.findings)).toEqual(
      repeatedByTheShop.map((name) => `redundant-index ${name} proposed`),
    );
    expect(await shop.schema()).toEqual(before);

    const asked: string[][] = [];
    const dropped = await shop.run({
      dropRedundant: true,
      confirmDrops: (names) => Promise.resolve(void asked.push(names)),
    });
    expect(asked).toEqual([repeatedByTheShop]);
    expect(dropped.summary).toMatchObject({ proposed: 0, redundant: 10 });
    expect(await shop.schema()).not.toEqual(before);

    const { steps } = await shop.rollback(dropped.runId);
    expect(steps.map(({ outcome }) => outcome)).toEqual(Array<string>(10).fill('restored'));
    expect(await shop.schema()).toEqual(before);
    const again = await shop.rollback(dropped.runId);
    expect(again.steps).toEqual([]);
  });

  it('stay when the answer is no', async () => {
    const shop = await emptyShop();
    const before = await shop.schema();
    const declined = shop.run({
      dropRedundant: true,
      confirmDrops: () => Promise.reject(new Error('no')),
    });
    await expect(declined).rejects.toThrow('no');
    expect(await shop.schema()).toEqual(before);
  });
});

describe('a schema', () => {
  it('of the shop is clean without the ten, and with the foreign keys of each table served', async () => {
    const shop = await emptyShop();
    await shop.run({ dropRedundant: true });
    const { findings, summary } = await shop.plan();
    expect(findings).toEqual([]);
    expect(summary).toMatchObject({ proposed: 0, redundant: 0, review: 0 });
  });

  it('with repeated constraints, wider unique indexes and covering ones is only told', async () => {
    const optimizer = await openOptimizer();
    await optimizer.test.query(
      `CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL, b INT NOT NULL, c INT NOT NULL,
         UNIQUE u1 (a), UNIQUE u2 (a), UNIQUE u3 (b, c), KEY k1 (b), KEY k2 (a, c))`,
    );
    const { findings, summary } = await optimizer.plan();
    expect(brief(findings)).toEqual([
      'redundant-index t.k1 review',
      'redundant-index t.k2 review',
      'redundant-index t.u2 review',
    ]);
    expect(summary).toMatchObject({ proposed: 0, review: 3, redundant: 0 });
    const before = await optimizer.schema();
    await optimizer.run({ dropRedundant: true });
    expect(await optimizer.schema()).toEqual(before);
  });

  it('keeps the only index of a foreign key, also of one that points at the table', async () => {
    const optimizer = await openOptimizer();
    await optimizer.test.query(
      'CREATE TABLE parent (id INT PRIMARY KEY, code INT, KEY code (code))',
    );
    await optimizer.test.query(
      `CREATE TABLE child (id INT PRIMARY KEY, code INT, note VARCHAR(500), KEY longer (code, note(20)),
         KEY k (code), CONSTRAINT fk FOREIGN KEY (code) REFERENCES parent (code))`,
    );
    expect(await redundantIn(optimizer)).toEqual(['child.k']);
    await optimizer.run({ dropRedundant: true });
    expect((await optimizer.schema())['child']).toContain('KEY `longer`');
    // What is left serves the key: its parent can still be changed.
    await optimizer.test.query('INSERT INTO parent VALUES (1, 7)');
    await optimizer.test.query("INSERT INTO child VALUES (1, 7, 'x')");
    await expect(optimizer.test.query('DELETE FROM parent')).rejects.toThrow(/foreign key/);
  });

  it('of MyISAM tables is only told, as their indexes go under a lock', async () => {
    const optimizer = await openOptimizer();
    await optimizer.test.query(
      'CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, KEY k1 (a), KEY k2 (a, b)) ENGINE=MyISAM',
    );
    const { findings } = await optimizer.plan();
    expect(brief(findings)).toEqual(['redundant-index t.k1 review']);
    expect(findings[0]?.reason).toContain('MyISAM drops it with the table locked');
    expect(findings[0]?.sql).toEqual(['ALTER TABLE `t` DROP INDEX `k1`']);
    await optimizer.test.query(findings[0]?.sql[0] ?? '');
    await optimizer.test.query(findings[0]?.rollback[0] ?? '');
    expect(brief((await optimizer.plan()).findings)).toEqual(['redundant-index t.k1 review']);
  });

  it('is read whatever its names are', async () => {
    const names = [
      'a`b',
      "it's",
      'with space',
      'do.t',
      '"quoted"',
      'ünï',
      'select',
      '100%_',
      'back\\slash',
    ];
    const optimizer = await openOptimizer();
    const { database } = optimizer;
    const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
    for (const name of names) {
      await database.define(
        `CREATE TABLE ${quote(name)} (id INT PRIMARY KEY, ${quote(name)} INT, b INT,
           KEY ${quote(`k ${name}`)} (${quote(name)}), KEY ${quote(`l ${name}`)} (${quote(name)}, b))`,
      );
    }
    const before = await optimizer.schema();
    const found = await optimizer.run({ dropRedundant: true });
    expect(found.findings.map(({ index }) => index).sort()).toEqual(
      names.map((name) => `k ${name}`).sort(),
    );
    expect(found.findings.map(({ status }) => status)).toEqual(names.map(() => 'applied'));
    const { steps } = await optimizer.rollback(found.runId);
    expect(steps.map(({ outcome }) => outcome)).toEqual(names.map(() => 'restored'));
    expect(await optimizer.schema()).toEqual(before);
  });

  it('with views, generated columns and partitions is read', async () => {
    const optimizer = await openOptimizer();
    await optimizer.test.query(
      `CREATE TABLE g (id INT PRIMARY KEY, a INT, v INT AS (a * 2) VIRTUAL, s INT AS (a * 3) STORED,
         KEY k1 (v), KEY k2 (v, s), KEY k3 (s))`,
    );
    await optimizer.test.query('CREATE VIEW w AS SELECT a, v FROM g');
    await optimizer.test.query(
      'CREATE TABLE p (id INT PRIMARY KEY, a INT, KEY k1 (a), KEY k2 (a)) PARTITION BY HASH (id) PARTITIONS 3',
    );
    const before = await optimizer.schema();
    const { findings, runId, summary } = await optimizer.run({ dropRedundant: true });
    expect(brief(findings)).toEqual([
      'redundant-index g.k1 applied',
      'redundant-index p.k2 applied',
    ]);
    expect(summary.tables).toBe(2);
    await optimizer.rollback(runId);
    expect(await optimizer.schema()).toEqual(before);
  });
});

/** How many names each table has in the list. */
function tablesOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) {
    const table = name.split('.')[0] ?? '';
    counts[table] = (counts[table] ?? 0) + 1;
  }
  return counts;
}
