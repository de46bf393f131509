import { describe, expect, it } from 'vitest';
import { createCatalogue } from '../../../src/sandbox/shop/catalogue.ts';
import { createOrders } from '../../../src/sandbox/shop/orders.ts';
import { createPeople, shopAccounts } from '../../../src/sandbox/shop/people.ts';
import { shopScales } from '../../../src/sandbox/shop/scales.ts';
import { shopTables } from '../../../src/sandbox/shop/tables.ts';
import type { ShopTable, SqlRow } from '../../../src/sandbox/shop/tables.ts';

const sizes = { ...shopScales.small, orders: 8_000 };
const season = { seed: 5, now: Date.parse('2026-11-20T10:00:00Z') / 1000 };
const people = createPeople(sizes, season, 'hash');
const catalogue = createCatalogue(sizes, season);
const sources = { userCreatedAt: people.userCreatedAt, prices: catalogue.prices };
const records = [...createOrders(sizes, season, sources)];

function column(table: ShopTable, rows: SqlRow[], name: string): (string | number | null)[] {
  const index = (shopTables[table] as readonly string[]).indexOf(name);
  if (index < 0) throw new Error(`${table} has no column ${name}`);
  return rows.map((row) => row[index] ?? null);
}

function paiseOf(amounts: readonly unknown[]): number {
  return amounts.reduce<number>((sum, amount) => sum + Math.round(Number(amount) * 100), 0);
}

function countBy(values: readonly unknown[]): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

const orders = records.map((record) => record.order);

describe('generated orders', () => {
  it('fill each column of their table', () => {
    for (const { order, items, payment, bill } of records.slice(0, 200)) {
      expect(order).toHaveLength(shopTables.orders.length);
      expect(payment).toHaveLength(shopTables.payments.length);
      for (const item of items) expect(item).toHaveLength(shopTables.order_items.length);
      if (bill !== null) expect(bill).toHaveLength(shopTables.bills.length);
    }
  });

  it('have one to five different products that add up to the total', () => {
    const wrong = records.filter(({ order, items }) => {
      const products = new Set(column('order_items', items, 'product_id'));
      const sum = paiseOf(column('order_items', items, 'total_price'));
      const total = paiseOf(column('orders', [order], 'total_amount'));
      return (
        products.size !== items.length || items.length < 1 || items.length > 5 || sum !== total
      );
    });
    expect(wrong).toEqual([]);
  });

  it('are mostly completed, with few pending and those recent', () => {
    const counts = countBy(column('orders', orders, 'status'));
    expect((counts.get('completed') ?? 0) / orders.length).toBeGreaterThan(0.85);
    const pending = counts.get('pending_payment') ?? 0;
    expect(pending / orders.length).toBeLessThan(0.03);
    expect(pending).toBeGreaterThan(20);
    const latest = countBy(column('orders', orders.slice(-200), 'status'));
    expect((latest.get('pending_payment') ?? 0) / 200).toBeGreaterThan(0.05);
  });

  it('belong to few heavy buyers, the demo account first, and to many small ones', () => {
    const counts = countBy(column('orders', orders, 'user_id'));
    const sorted = [...counts.values()].sort((a, b) => b - a);
    expect(counts.get(shopAccounts.retailer.id)).toBe(sorted[0]);
    const top = sorted.slice(0, sizes.users / 10).reduce((sum, count) => sum + count, 0);
    expect(top / orders.length).toBeGreaterThan(0.3);
    expect(counts.size).toBeGreaterThan(sizes.users * 0.9);
  });

  it('come after the account of their buyer, and no later than now', () => {
    const created = column('users', people.users, 'created_at');
    const users = column('orders', orders, 'user_id');
    const wrong = column('orders', orders, 'order_date').filter(
      (date, index) =>
        String(date) < String(created[Number(users[index]) - 1]) ||
        String(date) > '2026-11-20 10:00:00',
    );
    expect(wrong).toEqual([]);
  });

  it('have numbers that never repeat', () => {
    expect(new Set(column('orders', orders, 'order_number')).size).toBe(orders.length);
  });

  it('have a bill exactly when their status says so, with 18 % GST on the total', () => {
    const wrong = records.filter(({ order, bill }) => {
      const status = String(column('orders', [order], 'status')[0]);
      if (bill === null) return ['bill_generated', 'completed'].includes(status);
      const subtotal = paiseOf(column('bills', [bill], 'subtotal'));
      const gst = paiseOf(column('bills', [bill], 'gst_amount'));
      const total = paiseOf(column('bills', [bill], 'total_amount'));
      return gst !== Math.round(subtotal * 0.18) || total !== subtotal + gst;
    });
    expect(wrong).toEqual([]);
    expect(records.filter(({ bill }) => bill !== null).length).toBeGreaterThan(7_000);
  });
});

describe('generated people', () => {
  it('are unique in what the tables keep unique', () => {
    const { applications, users, admins } = people;
    expect(users).toHaveLength(sizes.users);
    expect(new Set(column('users', users, 'email')).size).toBe(users.length);
    expect(new Set(column('users', users, 'username')).size).toBe(users.length);
    expect(new Set(column('users', users, 'application_id')).size).toBe(users.length);
    expect(new Set(column('retailer_applications', applications, 'email')).size).toBe(
      applications.length,
    );
    expect(new Set(column('admins', admins, 'email')).size).toBe(admins.length);
  });

  it('live at addresses that reach nobody', () => {
    const emails = column('users', people.users, 'email').map(String);
    expect(emails.filter((email) => !/^[\w.]+@shop\.example$/.test(email))).toEqual([]);
    const phones = column('users', people.users, 'phone').map(String);
    expect(phones.filter((phone) => !/^\+9100\d{8}$/.test(phone))).toEqual([]);
  });

  it('have the demo account, active, from the beginning', () => {
    expect(column('users', people.users, 'email')[0]).toBe(shopAccounts.retailer.email);
    expect(column('users', people.users, 'is_active').slice(0, 50)).toEqual(new Array(50).fill(1));
    expect(column('admins', people.admins, 'username')[0]).toBe(shopAccounts.admin.username);
  });
});

describe('the catalogue', () => {
  it('has products of different names at every scale', () => {
    for (const scale of Object.values(shopScales)) {
      const { products, prices } = createCatalogue(scale, season);
      expect(new Set(column('products', products, 'name')).size).toBe(scale.products);
      expect(prices.every((price) => price > 0 && Number.isInteger(price))).toBe(true);
    }
  });
});
