import type { Database } from '../../../src/database/types.ts';
import { createRandom } from '../../../src/sandbox/shop/random.ts';
import type { ShopSizes } from '../../../src/sandbox/shop/scales.ts';

/**
 * Statements in the manner of the shop's pages, of random users, orders and days, that are kept out of the
 * advisor's input: other columns, other orders, other groups than its own.
 */
export function heldOutStatements(sizes: ShopSizes, seed: number): string[] {
  const random = createRandom(seed, 'held-out');
  const user = (): number => random.between(1, sizes.users);
  const order = (): number => random.between(1, sizes.orders);
  const day = (): string => `NOW() - INTERVAL ${random.between(1, sizes.days)} DAY`;
  return Array.from({ length: 6 }, () => [
    `SELECT * FROM orders WHERE user_id = ${user()} ORDER BY order_date DESC`,
    `SELECT status, COUNT(*) FROM orders WHERE user_id = ${user()} GROUP BY status`,
    `SELECT COUNT(*) FROM orders WHERE user_id = ${user()} AND status = 'completed'`,
    `SELECT SUM(total_amount) FROM orders WHERE user_id = ${user()} AND order_date > ${day()}`,
    `SELECT id, order_number FROM orders WHERE id BETWEEN ${order()} AND ${order()} ORDER BY id LIMIT 50`,
    `SELECT b.bill_number, b.total_amount FROM bills b WHERE b.user_id = ${user()} ORDER BY b.bill_date DESC LIMIT 10`,
    `SELECT p.status, p.amount FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.user_id = ${user()} LIMIT 20`,
    `SELECT COUNT(*) FROM payments WHERE status = 'verified' AND created_at > ${day()}`,
    `SELECT id FROM sessions WHERE user_id = ${user()} AND is_active = 1`,
    `SELECT oi.product_id, SUM(oi.quantity) FROM order_items oi WHERE oi.order_id = ${order()} GROUP BY oi.product_id`,
  ]).flat();
}

/**
 * Inserts orders with a payment each, a hundred a transaction.
 * @returns milliseconds
 */
export async function insertOrders(database: Database, count: number): Promise<number> {
  await using session = await database.pin();
  const tag = Date.now().toString(36);
  const startedAt = performance.now();
  for (let done = 0; done < count; done += 1) {
    if (done % 100 === 0) await session.write('/* scalectl:bench */ START TRANSACTION');
    const { insertId } = await session.write(
      `/* scalectl:bench */ INSERT INTO orders (order_number, user_id, total_amount, payment_method) VALUES (?, ?, ?, 'upi')`,
      [`B${tag}${done}`, 1 + (done % 300), 100 + done],
    );
    await session.write(
      `/* scalectl:bench */ INSERT INTO payments (order_id, payment_method, amount, status) VALUES (?, 'upi', ?, 'pending')`,
      [insertId, 100 + done],
    );
    if (done % 100 === 99) await session.write('/* scalectl:bench */ COMMIT');
  }
  return performance.now() - startedAt;
}
