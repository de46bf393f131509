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

/** Takes one product in ten off sale, as at the end of a season: jobs that still book goods for them must fail. */
export async function withdrawProducts(session: Session): Promise<void> {
  await session.write('/* scalectl:sandbox */ UPDATE products SET is_active = 0 WHERE id % 10 = 0');
}
