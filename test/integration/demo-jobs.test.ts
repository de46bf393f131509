import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectDatabase } from '../../src/database/connect.ts';
import { loadDemoConfig, writeDemoConfig } from '../../src/sandbox/demo/config-file.ts';
import { runShopJob } from '../../src/sandbox/demo/jobs/index.ts';
import { fillShop } from '../../src/sandbox/shop/fill.ts';
import { createShopTables } from '../../src/sandbox/shop/schema.ts';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { freshRedis } from '../support/redis.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let test: TestDatabase;
let folder: string;
let configFile: string;
let redis: Awaited<ReturnType<typeof freshRedis>>;

beforeAll(async () => {
  test = await freshDatabase();
  redis = await freshRedis();
  folder = await temporaryFolder();
  configFile = await writeDemoConfig(folder, {
    databaseUrl: test.url,
    databasePassword: null,
    redisUrl: redis.url,
    siteUrl: null,
    jobScript: null,
  });
  await using database = await connectDatabase((await loadDemoConfig(configFile)).database);
  await createShopTables(database);
  await fillShop(database, { scale: 'small', seed: 42, now: new Date('2026-11-20T10:00:00Z') });
});

function run(type: string, data: unknown): Promise<string> {
  return runShopJob(configFile, JSON.stringify({ id: '7', type, data }));
}

async function valueOf(statement: string): Promise<unknown> {
  const [row] = await test.query(statement);
  return Object.values(row ?? {})[0];
}

describe('update_inventory', () => {
  const stock = 'SELECT quantity_in_stock FROM products WHERE id = 1';

  it('books goods in and out', async () => {
    const before = Number(await valueOf(stock));
    await run('update_inventory', { product_id: 1, change: 30 });
    expect(await valueOf(stock)).toBe(before + 30);
    await run('update_inventory', { product_id: 1, change: -5 });
    expect(await valueOf(stock)).toBe(before + 25);
  });

  it('refuses to go below zero, a withdrawn product and one that is not there', async () => {
    const before = await valueOf(stock);
    const withdrawn = await valueOf('SELECT id FROM products WHERE is_active = 0 LIMIT 1');
    await expect(run('update_inventory', { product_id: 1, change: -1_000_000 })).rejects.toThrow(
      /product 1 has only \d+ in stock/,
    );
    await expect(run('update_inventory', { product_id: withdrawn, change: 1 })).rejects.toThrow(
      'withdrawn',
    );
    await expect(run('update_inventory', { product_id: 99_999, change: 1 })).rejects.toThrow(
      'there is no product 99999',
    );
    expect(await valueOf(stock)).toBe(before);
  });
});

describe('process_payment', () => {
  it('verifies a payment that waits and its order, and is done when it comes twice', async () => {
    const id = await valueOf("SELECT id FROM payments WHERE status = 'pending' LIMIT 1");
    await run('process_payment', { payment_id: id });
    expect(await valueOf(`SELECT status FROM payments WHERE id = ${Number(id)}`)).toBe('verified');
    const order = `SELECT o.status FROM orders o JOIN payments p ON p.order_id = o.id WHERE p.id = ${Number(id)}`;
    expect(await valueOf(order)).toBe('payment_verified');
    expect(await run('process_payment', { payment_id: id })).toContain('verified before');
  });

  it('refuses a rejected one', async () => {
    const id = await valueOf("SELECT id FROM payments WHERE status = 'rejected' LIMIT 1");
    await expect(run('process_payment', { payment_id: id })).rejects.toThrow('was rejected');
  });
});

describe('the other jobs', () => {
  it('write a mail into the outbox, also in the older form, on one line a header', async () => {
    await run('send_email', { to: 'a@shop.example', subject: 'Hello\r\nBcc: b', body: 'Text' });
    const mail = await readFile(path.join(folder, 'outbox', '7.eml'), 'utf8');
    expect(mail).toBe(
      'To: a@shop.example\nSubject: Hello Bcc: b\nContent-Type: text/plain; charset=utf-8\n\nText',
    );
    expect(await run('send_email', { email: 'c@shop.example', subject: 'S' })).toContain('c@shop');
    await expect(run('send_email', { subject: 'S' })).rejects.toThrow('no address');
  });

  it.each(['sales', 'gst', 'stock', 'retailers'])('write the %s report', async (type) => {
    await run('generate_report', { report_type: type, month: '202610' });
    const lines = await readFile(path.join(folder, 'reports', `${type}-2026-10.csv`), 'utf8');
    expect(lines).toMatch(/^"[^"]+"(,"[^"]*")+\n/);
  });

  it('back up every row of the named tables, and no other table', async () => {
    await run('backup_database', { tables: ['orders', 'bills'] });
    const [bills = '', orders = ''] = (await readdir(path.join(folder, 'backups'))).sort();
    expect([bills, orders]).toEqual(['bills-7.ndjson.gz', 'orders-7.ndjson.gz']);
    const text = gunzipSync(await readFile(path.join(folder, 'backups', orders))).toString();
    expect(text.trim().split('\n')).toHaveLength(5000);
    await expect(run('backup_database', { tables: ['mysql.user'] })).rejects.toThrow('no table');
  });

  it('clean cached statements out of the cache, and nothing else', async () => {
    await redis.client.mset('query_1', 'x', 'query_2', 'x', 'products_list', 'x');
    // PHP writes an object without fields as a list.
    expect(await run('cleanup_cache', [])).toContain('2 cached results');
    expect(await redis.client.keys('*')).toEqual(['products_list']);
  });

  it('are all there is', async () => {
    await expect(run('format_disk', {})).rejects.toThrow('no job format_disk');
  });
});
