import { beforeEach, describe, expect, it } from 'vitest';
import { archiveRows, nextSize } from '../../src/optimizer/partitions/archive/archive.ts';
import type { ArchiveOutcome } from '../../src/optimizer/partitions/archive/archive.ts';
import { planArchive } from '../../src/optimizer/partitions/archive/plan.ts';
import type { ArchivePlan } from '../../src/optimizer/partitions/archive/plan.ts';
import type { TestDatabase } from '../support/database.ts';
import { openOptimizer, schemaOf } from '../support/optimizer.ts';
import { leftovers, openPartitions } from '../support/partitions.ts';
import type { OpenPartitions } from '../support/partitions.ts';

let open: OpenPartitions;
let test: TestDatabase;

beforeEach(async () => {
  open = await openPartitions();
  ({ test } = open);
});

interface Input {
  olderThanMonths?: number;
  into?: string;
  by?: string;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
}

const given = (table: string, input: Input) => ({
  table,
  by: input.by ?? null,
  into: input.into ?? null,
  olderThanMonths: input.olderThanMonths ?? 12,
  signal: input.signal ?? new AbortController().signal,
});

async function plan(table: string, input: Input = {}): Promise<ArchivePlan> {
  await using session = await open.database.pin();
  return (await planArchive(open.database, session, given(table, input))).plan;
}

async function archive(table: string, input: Input = {}): Promise<ArchiveOutcome> {
  await using run = await open.openRun(input);
  return await archiveRows(run, await planArchive(open.database, run.session, given(table, input)));
}

/** Orders, items, and notes that hang on an order, on an item, or on both; a third of all is old. */
async function createOrders(orders: number): Promise<void> {
  await test.query(
    `CREATE TABLE orders (id INT AUTO_INCREMENT PRIMARY KEY, number VARCHAR(20) NOT NULL UNIQUE, placed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
       total DECIMAL(10,2) NULL, words TEXT, doubled DECIMAL(11,2) AS (total * 2) VIRTUAL, FULLTEXT (words))`,
  );
  await test.query(
    `CREATE TABLE items (order_number VARCHAR(20) NOT NULL, line INT NOT NULL, product VARCHAR(20), PRIMARY KEY (order_number, line),
       CONSTRAINT item_order FOREIGN KEY (order_number) REFERENCES orders (number) ON DELETE CASCADE)`,
  );
  await test.query(
    `CREATE TABLE notes (id BIGINT AUTO_INCREMENT PRIMARY KEY, order_id INT NULL, order_number VARCHAR(20) NULL, line INT NULL,
       written_at DATETIME(6) NOT NULL,
       CONSTRAINT note_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE SET NULL,
       CONSTRAINT note_item FOREIGN KEY (order_number, line) REFERENCES items (order_number, line))`,
  );
  await test.query(
    `INSERT INTO orders (number, placed_at, total, words)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
     SELECT CONCAT('N', i), IF(i % 3 = 0, UTC_TIMESTAMP() - INTERVAL 14 MONTH, UTC_TIMESTAMP()), IF(i % 5 = 0, NULL, i / 3), 'some words'
     FROM n WHERE i <= ?`,
    [orders],
  );
  await test.query(
    "INSERT INTO items SELECT number, l.n, CONCAT('p', id) FROM orders, (SELECT 1 AS n UNION SELECT 2) l",
  );
  await test.query(
    `INSERT INTO notes (order_id, written_at) SELECT id, '2026-01-02 03:04:05.123456' FROM orders WHERE id % 2 = 0`,
  );
  await test.query(
    `INSERT INTO notes (order_id, order_number, line, written_at)
     SELECT IF(o.id % 2 = 0, o.id, NULL), i.order_number, i.line, '2026-02-02' FROM items i JOIN orders o ON o.number = i.order_number`,
  );
}

const count = async (table: string, where = '1'): Promise<number> => {
  const [row] = await test.query<{ n: number }>(
    `SELECT COUNT(*) AS n FROM ${table} WHERE ${where}`,
  );
  return Number(row?.n);
};

/** Every row of a table and its archive, as text. */
const all = async (table: string, columns: string): Promise<string[]> => {
  const parts = [table, ...((await exists(`${table}_archive`)) ? [`${table}_archive`] : [])];
  const rows = await test.query(
    parts.map((name) => `SELECT ${columns} FROM ${name}`).join(' UNION ALL '),
  );
  return rows.map((row) => JSON.stringify(row)).sort();
};
const exists = async (table: string): Promise<boolean> =>
  (await test.query('SHOW TABLES LIKE ?', [table])).length > 0;

const whole = {
  orders: 'id, number, placed_at, total, words, doubled',
  items: 'order_number, line, product',
  notes: 'id, order_id, order_number, line, CAST(written_at AS CHAR) AS w',
};

async function everything(): Promise<Record<string, string[]>> {
  const entries = Object.entries(whole).map(
    async ([table, columns]) => [table, await all(table, columns)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

describe('partitions archive', () => {
  it('moves old rows with all that hangs on them, over one table or two, and each row once', async () => {
    await createOrders(300);
    const before = await everything();
    const planned = await plan('orders');
    expect(planned).toMatchObject({
      rows: 100,
      children: [
        { table: 'items', rows: 200 },
        { table: 'notes', rows: 250 },
      ],
    });
    const outcome = await archive('orders');
    expect(outcome).toMatchObject({
      moved: 100,
      remaining: 0,
      children: [
        { table: 'items', into: 'items_archive', moved: 200 },
        { table: 'notes', into: 'notes_archive', moved: 250 },
      ],
    });
    expect(await everything()).toEqual(before);
    expect(await count('orders')).toBe(200);
    expect(await count('orders', 'id % 3 = 0')).toBe(0);
    expect(await count('notes', 'order_id IS NOT NULL AND order_id % 3 = 0')).toBe(0);
    expect(await leftovers(test)).toEqual([]);
    // A second run has nothing to do.
    expect(await archive('orders')).toMatchObject({ moved: 0, remaining: 0, batches: 0 });
  });

  it('leaves no statement of its own that a later plan would take for the workload', async () => {
    await createOrders(30);
    await archive('orders');
    const optimizer = await openOptimizer({ test });
    const { evidence, refused } = await optimizer.plan();
    expect(refused).toEqual([]);
    expect(evidence).toContainEqual(
      expect.objectContaining({ source: 'performance_schema', statements: 0 }),
    );
  });

  it('makes archives with monthly partitions, plain indexes and no foreign keys', async () => {
    await createOrders(30);
    await archive('orders');
    const schema = await schemaOf(test);
    expect(schema['orders_archive']).toContain('PRIMARY KEY (`id`,`placed_at`)');
    expect(schema['orders_archive']).toContain('KEY `number` (`number`)');
    expect(schema['orders_archive']).not.toMatch(/UNIQUE|FULLTEXT/);
    expect(schema['orders_archive']).toContain('unix_timestamp(`placed_at`)');
    expect(schema['notes_archive']).toContain('PARTITION BY RANGE');
    expect(schema['items_archive']).not.toContain('PARTITION');
    expect(
      JSON.stringify(Object.entries(schema).filter(([name]) => name.endsWith('_archive'))),
    ).not.toContain('FOREIGN KEY');
  });

  it('goes on where it was stopped, and has lost and doubled nothing', async () => {
    await createOrders(900);
    const before = await everything();
    const stop = new AbortController();
    const stopped = await archive('orders', {
      signal: stop.signal,
      onProgress: (text) => {
        if (text.startsWith('moving')) stop.abort('SIGINT');
      },
    });
    expect(stopped).toMatchObject({ moved: 100, remaining: 200, batches: 1 });
    expect(await everything()).toEqual(before);
    expect(await archive('orders')).toMatchObject({ moved: 200, remaining: 0 });
    expect(await everything()).toEqual(before);
  });

  it('refuses an archive that lacks a column or holds the same keys, and changes nothing', async () => {
    await createOrders(30);
    await archive('orders');
    await test.query(
      "INSERT INTO orders (id, number, placed_at) VALUES (3, 'again', '2020-01-01')",
    );
    const before = await everything();
    await expect(archive('orders')).rejects.toThrow(
      /2 rows in orders_archive are not the 1 of orders/,
    );
    expect(await everything()).toEqual(before);
    await test.query('ALTER TABLE items ADD COLUMN weight INT NULL');
    await expect(archive('orders')).rejects.toMatchObject({
      code: 'refused',
      message: 'items has a column weight that its archive items_archive has not',
      hint: 'Add it: ALTER TABLE `items_archive` ADD COLUMN `weight` int(11) NULL',
    });
  });

  it('goes through a table of its own months, without an index on the date, and takes odd names', async () => {
    await test.query(
      `CREATE TABLE \`od.d "n\`\`\` (\`i\`\`d\` INT NOT NULL, \`d.ay\` DATETIME(6) NOT NULL, PRIMARY KEY (\`i\`\`d\`, \`d.ay\`))
       PARTITION BY RANGE COLUMNS (\`d.ay\`) (PARTITION a VALUES LESS THAN ('2024-01-01'), PARTITION b VALUES LESS THAN (MAXVALUE))`,
    );
    await test.query(
      `INSERT INTO \`od.d "n\`\`\` WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
       SELECT i, IF(i % 2 = 0, '2023-05-06 07:08:09.000001', UTC_TIMESTAMP()) FROM n`,
    );
    const outcome = await archive('od.d "n`', { into: 'kept é' });
    expect(outcome).toMatchObject({ moved: 300, remaining: 0 });
    expect(await count('`kept é`', "`d.ay` = '2023-05-06 07:08:09.000001'")).toBe(300);
    expect((await schemaOf(test))['kept é']).toContain('p2023_05');
  });
});

describe('rows that cannot be moved', () => {
  it.each([
    [
      'hang on their own table',
      'CREATE TABLE t (id INT PRIMARY KEY, at DATE NOT NULL, up INT, CONSTRAINT self FOREIGN KEY (up) REFERENCES t (id))',
      'the foreign key self of t points at t itself',
    ],
    ['have no primary key', 'CREATE TABLE t (id INT, at DATE NOT NULL)', 't has no primary key'],
    [
      'have no transactions',
      'CREATE TABLE t (id INT PRIMARY KEY, at DATE NOT NULL) ENGINE=MyISAM',
      't is MyISAM',
    ],
    [
      'have a key that is not compared exactly',
      'CREATE TABLE t (id DOUBLE PRIMARY KEY, at DATE NOT NULL)',
      'the key column id of t is a double',
    ],
    ['have no date', 'CREATE TABLE t (id INT PRIMARY KEY)', 't has no column with a date'],
  ])('are named when they %s', async (_, sql, message) => {
    await test.query(sql);
    await expect(plan('t')).rejects.toThrow(message);
  });

  it('are named when a trigger would take them for deleted', async () => {
    await test.query('CREATE TABLE t (id INT PRIMARY KEY, at DATE NOT NULL)');
    await test.query('CREATE TRIGGER restock AFTER DELETE ON t FOR EACH ROW SET @x = 1');
    await expect(plan('t')).rejects.toThrow('the trigger restock would take each row');
  });

  it('are named when another database points at them', async () => {
    const other = await openPartitions();
    await test.query('CREATE TABLE t (id INT PRIMARY KEY, at DATE NOT NULL)');
    await other.test.query(
      `CREATE TABLE far (id INT PRIMARY KEY, t INT, CONSTRAINT far_t FOREIGN KEY (t) REFERENCES ${test.name}.t (id))`,
    );
    await expect(plan('t')).rejects.toThrow(
      `the foreign key far_t of far in the database ${other.test.name}`,
    );
    await other.test.query('DROP TABLE far');
  });
});

describe('the size of a batch', () => {
  it('follows the time that the last one took', () => {
    expect(nextSize(100, 50)).toBe(150);
    expect(nextSize(100, 100)).toBe(100);
    expect(nextSize(100, 400)).toBe(25);
    expect(nextSize(2000, 1)).toBe(2000);
    expect(nextSize(1, 9000)).toBe(1);
  });
});
