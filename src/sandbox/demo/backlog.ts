import type { Session } from '../../database/types.ts';

/**
 * Leaves the newest cash-on-delivery payments unconfirmed, as in an office that is behind: the admin's list of waiting
 * payments then has something to sort, at every size of the shop.
 * @returns how many wait for confirmation now
 */
export async function leaveBacklog(session: Session, payments: number): Promise<number> {
  const { affectedRows } = await session.write(
    "/* scalectl:sandbox */ UPDATE payments SET status = 'pending', verified_by = NULL, verified_date = NULL WHERE payment_method = 'cod' AND status = 'verified' ORDER BY id DESC LIMIT ?",
    [payments],
  );
  return affectedRows;
}
