import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { connectDatabase } from '../../src/database/connect.ts';
import type { Database } from '../../src/database/types.ts';
import { fillShop } from '../../src/sandbox/shop/fill.ts';
import type { ShopCounts } from '../../src/sandbox/shop/fill.ts';
import { createShopTables } from '../../src/sandbox/shop/schema.ts';
import { shopTables } from '../../src/sandbox/shop/tables.ts';
import { readWorkload, runWorkload } from '../../src/sandbox/shop/workload.ts';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

const now = new Date('2026-11-20T10:00:00Z');

async function connect(test: TestDatabase): Promise<Database> {
  const config = await loadConfig({
    workingDirectory: import.meta.dirname,
    environment: { SCALECTL_DB_URL: test.url },
    discover: false,
  });
  return connectDatabase(config.values.database);
}

async function checksums(test: TestDatabase): Promise<unknown[]> {
  const tables = Object.keys(shopTables);
  const rows = await test.query<{ Checksum: unknown }>(`CHECKSUM TABLE ${tables.join(', ')}`);
  return rows.map((row) => row.Checksum);
}

/** Fills a fresh database and returns the checksum of each table. */
async function fillFresh(seed: number): Promise<unknown[]> {
  await using test = await freshDatabase();
  await using database = await connect(test);
  await createShopTables(database);
  await fillShop(database, { scale: 'small', seed, now });
  return await checksums(test);
}

let test: TestDatabase;
let database: Database;
let counts: ShopCounts;
const progress: number[] = [];

beforeAll(async () => {
  test = await freshDatabase();
  database = await connect(test);
  await createShopTables(database);
  counts = await fillShop(database, {
    scale: 'small',
    seed: 42,
    now,
    onProgress: ({ orders, totalOrders }) => progress.push(orders / totalOrders),
  });
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

describe("the shop's tables", () => {
  it('have exactly the ten redundant indexes of the platform', async () => {
    const rows = await test.query<{ name: string }>(
      `SELECT DISTINCT CONCAT(table_name, '.', redundant_index_name) AS name
       FROM sys.schema_redundant_indexes WHERE table_schema = ?`,
      [test.name],
    );
    expect(rows.map((row) => row.name).sort()).toEqual([
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
    ]);
  });

  it('refuse what the platform forbids: orphans, negative prices, quantities of nothing', async () => {
    const item =
      'INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price)';
    await expect(test.query(`${item} VALUES (99999999, 1, 1, 1, 1)`)).rejects.toThrow(
      /foreign key/i,
    );
    await expect(test.query(`${item} VALUES (1, 1, 0, 1, 1)`)).rejects.toThrow(/constraint/i);
    await expect(test.query('UPDATE products SET price = -1 WHERE id = 1')).rejects.toThrow(
      /constraint/i,
    );
    await expect(
      test.query("UPDATE users SET email = 'demo@shop.example' WHERE id = 2"),
    ).rejects.toThrow(/duplicate/i);
  });

  it('take a retailer with all that hangs on the account away together', async () => {
    await test.query('START TRANSACTION');
    await test.query(
      'DELETE FROM retailer_applications WHERE id = (SELECT application_id FROM users WHERE id = 3)',
    );
    const [left] = await test.query<{ orders: number; bills: number }>(
      'SELECT (SELECT COUNT(*) FROM orders WHERE user_id = 3) AS orders, (SELECT COUNT(*) FROM bills WHERE user_id = 3) AS bills',
    );
    await test.query('ROLLBACK');
    expect(left).toEqual({ orders: 0, bills: 0 });
  });
});

describe('a fill', () => {
  it('writes as many rows as it says, and tells its progress to the end', async () => {
    for (const [table, count] of Object.entries(counts)) {
      expect(await test.query(`SELECT COUNT(*) AS count FROM ${table}`)).toEqual([{ count }]);
    }
    expect(counts.orders).toBe(5_000);
    expect(progress).toEqual([0.4, 0.8, 1]);
  });

  it('gives the same rows for the same seed and moment, and others for another seed', async () => {
    const first = await checksums(test);
    expect(new Set(first).size).toBe(first.length);
    expect(await fillFresh(42)).toEqual(first);
    expect(await fillFresh(43)).not.toEqual(first);
  });

  it('refuses a shop that has rows, and adds none', async () => {
    const before = await checksums(test);
    await expect(fillShop(database, { scale: 'small', seed: 1, now })).rejects.toMatchObject({
      code: 'refused',
    });
    expect(await checksums(test)).toEqual(before);
  });

  it('ends early when it is aborted', async () => {
    await using other = await freshDatabase();
    await using connected = await connect(other);
    await createShopTables(connected);
    const controller = new AbortController();
    const filling = fillShop(connected, {
      scale: 'small',
      seed: 1,
      now,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(filling).rejects.toMatchObject({ name: 'AbortError' });
    expect(await other.query('SELECT COUNT(*) AS count FROM orders')).toEqual([{ count: 2_000 }]);
  });
});

describe('the workload', () => {
  it('finds rows with each of its statements', async () => {
    for (const statement of await readWorkload()) {
      const rows = await database.read(statement);
      expect(rows.length, statement).toBeGreaterThan(0);
    }
  });

  it('leaves digests as the platform itself would', async () => {
    const workload = await readWorkload();
    const run = await runWorkload(database, 2);
    expect(run.statements).toBe(2 * workload.length);
    const digests = await test.query<{ text: string; count: number }>(
      `SELECT digest_text AS text, count_star AS count
       FROM performance_schema.events_statements_summary_by_digest WHERE schema_name = ?`,
      [test.name],
    );
    const ofOrders = digests.find(({ text }) =>
      /^SELECT \* FROM `orders` WHERE `user_id` = \? ORDER BY `order_date` DESC/.test(text),
    );
    // Twice for user 1 and twice for user 42, which have the same digest.
    expect(ofOrders?.count).toBe(4);
  });

  it('ends early when it is aborted', async () => {
    await expect(
      runWorkload(database, 1000, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });
});
