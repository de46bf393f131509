import type { Session } from '../../database/types.ts';
import { toTimestamp } from '../shop/calendar.ts';

const rowsPerStatement = 2_000;

/**
 * Adds a wave of spam applications of the last days, refused unread: the admin's list of the latest five then has
 * something to sort, at every size of the shop.
 */
export async function addSpamApplications(
  session: Session,
  { count, now }: { count: number; now: Date },
): Promise<void> {
  const seconds = Math.floor(now.getTime() / 1000);
  for (let first = 0; first < count; first += rowsPerStatement) {
    const rows = Array.from({ length: Math.min(rowsPerStatement, count - first) }, (_, i) => [
      'Best Prices',
      `offer${first + i}@spam.example`,
      '0000000000',
      'unknown',
      'rejected',
      toTimestamp(seconds - 30 * (first + i)),
    ]);
    await session.write(
      '/* scalectl:sandbox */ INSERT INTO retailer_applications (name, email, phone, shop_address, status, applied_date) VALUES ?',
      [rows],
    );
  }
}

/** Takes one product in ten off sale, as at the end of a season: jobs that still book goods for them must fail. */
export async function withdrawProducts(session: Session): Promise<void> {
  await session.write('/* scalectl:sandbox */ UPDATE products SET is_active = 0 WHERE id % 10 = 0');
}
