import type { Job } from './tools.ts';
import { wholeNumber } from './tools.ts';

/** Books goods in or out. A withdrawn product takes none, and no stock falls below zero. */
export const updateInventory: Job = async (data, tools) => {
  const id = wholeNumber(data, 'product_id');
  const change = wholeNumber(data, 'change');
  const database = await tools.database();
  return database.transaction(async (session) => {
    const [product] = await session.read<{ quantity_in_stock: number; is_active: number }>(
      '/* scalectl:sandbox */ SELECT quantity_in_stock, is_active FROM products WHERE id = ? FOR UPDATE',
      [id],
    );
    if (product === undefined) throw new Error(`there is no product ${id}`);
    if (product.is_active !== 1) throw new Error(`product ${id} is withdrawn`);
    const stock = product.quantity_in_stock + change;
    if (stock < 0) throw new Error(`product ${id} has only ${product.quantity_in_stock} in stock`);
    await session.write(
      '/* scalectl:sandbox */ UPDATE products SET quantity_in_stock = ? WHERE id = ?',
      [stock, id],
    );
    return `product ${id}: ${product.quantity_in_stock} → ${stock}`;
  });
};
