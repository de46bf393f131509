import type { Job } from './tools.ts';
import { wholeNumber } from './tools.ts';

/** Verifies a payment that waits, with its order. One that was verified before is done; a rejected one cannot be. */
export const processPayment: Job = async (data, tools) => {
  const id = wholeNumber(data, 'payment_id');
  const database = await tools.database();
  return database.transaction(async (session) => {
    const [payment] = await session.read<{ order_id: number; status: string }>(
      '/* scalectl:sandbox */ SELECT order_id, status FROM payments WHERE id = ? FOR UPDATE',
      [id],
    );
    if (payment === undefined) throw new Error(`there is no payment ${id}`);
    if (payment.status === 'rejected') throw new Error(`payment ${id} was rejected`);
    if (payment.status === 'verified') return `payment ${id} was verified before`;
    await session.write(
      "/* scalectl:sandbox */ UPDATE payments SET status = 'verified', verified_date = CURRENT_TIMESTAMP WHERE id = ?",
      [id],
    );
    await session.write(
      "/* scalectl:sandbox */ UPDATE orders SET status = 'payment_verified' WHERE id = ? AND status = 'pending_payment'",
      [payment.order_id],
    );
    return `payment ${id} is verified`;
  });
};
