import { randomBytes } from 'node:crypto';
import type { Database, Session } from '../../../database/types.ts';
import { toCompactDay } from '../calendar.ts';
import { toRupees } from '../tables.ts';

export interface OrderRequest {
  userId: number;
  /** Product to number of cases; not empty. */
  cart: ReadonlyMap<number, number>;
  method: 'cod' | 'upi';
  upiId: string | null;
}

/** The number of the new order, or the name of a product that is not there in that quantity. */
export type OrderOutcome = { orderNumber: string } | { soldOut: string };

interface StockRow {
  id: number;
  name: string;
  price: string;
  quantity_in_stock: number;
  is_active: number;
}

/** Takes the goods from stock and writes the order, its items and its payment: all of it or nothing. */
export function placeOrder(database: Database, request: OrderRequest): Promise<OrderOutcome> {
  return database.transaction(async (session) => {
    const stock = await lockStock(session, [...request.cart.keys()]);
    const lines: { product: StockRow; quantity: number; pricePaise: number }[] = [];
    for (const [id, quantity] of request.cart) {
      const product = stock.get(id);
      if (product === undefined) return { soldOut: 'A product of your cart' };
      if (product.quantity_in_stock < quantity) return { soldOut: product.name };
      lines.push({ product, quantity, pricePaise: Math.round(Number(product.price) * 100) });
    }
    const total = toRupees(lines.reduce((sum, line) => sum + line.pricePaise * line.quantity, 0));
    const orderNumber = createOrderNumber();
    const { insertId: orderId } = await session.write(
      'INSERT INTO orders (user_id, order_number, total_amount, payment_method) VALUES (?, ?, ?, ?)',
      [request.userId, orderNumber, total, request.method],
    );
    await session.write(
      'INSERT INTO order_items (order_id, product_id, quantity, unit_price, total_price) VALUES ?',
      [
        lines.map(({ product, quantity, pricePaise }) => [
          orderId,
          product.id,
          quantity,
          product.price,
          toRupees(pricePaise * quantity),
        ]),
      ],
    );
    for (const { product, quantity } of lines) {
      await session.write(
        'UPDATE products SET quantity_in_stock = quantity_in_stock - ? WHERE id = ?',
        [quantity, product.id],
      );
    }
    await session.write(
      'INSERT INTO payments (order_id, payment_method, upi_id, amount) VALUES (?, ?, ?, ?)',
      [orderId, request.method, request.upiId, total],
    );
    return { orderNumber };
  });
}

/** In the order of ids, so that two orders of the same products wait for each other and never in a circle. */
async function lockStock(session: Session, ids: number[]): Promise<Map<number, StockRow>> {
  const rows = await session.read<StockRow>(
    'SELECT id, name, price, quantity_in_stock, is_active FROM products WHERE id IN (?) ORDER BY id FOR UPDATE',
    [ids],
    { timeoutMs: 0 },
  );
  return new Map(rows.filter((row) => row.is_active === 1).map((row) => [row.id, row]));
}

/** `ORD-20261120-2B80C908`, as the generated ones: eight random digits make two equal ones a day very unlikely. */
function createOrderNumber(): string {
  const code = randomBytes(4).toString('hex').toUpperCase();
  return `ORD-${toCompactDay(Math.floor(Date.now() / 1000))}-${code}`;
}
