import type { Session } from '../../../database/types.ts';

/**
 * The statements behind the shop's pages, as the platform's PHP asks them, its faults included: all rows where a few
 * are shown, the user twice. They stand for another program: no tag of ours, and no time limit, which would give
 * them another digest than the platform's on MariaDB.
 */
const asPlatform = { timeoutMs: 0 };

export interface Product {
  id: number;
  name: string;
  price: string;
  quantity_in_stock: number;
}

export interface Order {
  id: number;
  order_number: string;
  total_amount: string;
  payment_method: string;
  status: string;
  order_date: Date | null;
}

export interface StatusCount {
  status: string;
  count: number;
}

export interface Account {
  id: number;
  username: string;
  password_hash: string;
}

export function readActiveProducts(session: Session): Promise<Product[]> {
  return session.read(
    'SELECT id, name, description, price, quantity_in_stock, image_path FROM products WHERE is_active = 1 ORDER BY name',
    [],
    asPlatform,
  );
}

export function readProducts(session: Session, ids: readonly number[]): Promise<Product[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return session.read(
    'SELECT id, name, price, quantity_in_stock FROM products WHERE id IN (?) AND is_active = 1 ORDER BY name',
    [ids],
    asPlatform,
  );
}

/** What every page behind the login asks first; null when the account is gone or switched off. */
export async function readRetailer(session: Session, userId: number): Promise<string | null> {
  await session.read(
    'SELECT id, session_hash, created_at FROM sessions WHERE user_id = ? AND is_active = 1',
    [userId],
    asPlatform,
  );
  const [state] = await session.read<{ is_active: number }>(
    'SELECT id, username, is_active FROM users WHERE id = ?',
    [userId],
    asPlatform,
  );
  const [profile] = await session.read<{ username: string }>(
    'SELECT id, email, phone, username, shop_address, created_at FROM users WHERE id = ?',
    [userId],
    asPlatform,
  );
  return state?.is_active === 1 && profile !== undefined ? profile.username : null;
}

export function readOrders(session: Session, userId: number): Promise<Order[]> {
  return session.read(
    'SELECT * FROM orders WHERE user_id = ? ORDER BY order_date DESC',
    [userId],
    asPlatform,
  );
}

export function readOrderStatusCounts(session: Session, userId: number): Promise<StatusCount[]> {
  return session.read(
    'SELECT status, COUNT(*) AS count FROM orders WHERE user_id = ? GROUP BY status',
    [userId],
    asPlatform,
  );
}

/** The active account of an approved retailer. */
export async function readRetailerLogin(session: Session, email: string): Promise<Account | null> {
  const [account] = await session.read<Account & { status: string }>(
    'SELECT u.id, u.username, u.password_hash, a.name, a.status FROM users u JOIN retailer_applications a ON a.id = u.application_id WHERE u.email = ? AND u.is_active = 1',
    [email],
    asPlatform,
  );
  return account?.status === 'approved' ? account : null;
}

export async function readAdminLogin(session: Session, username: string): Promise<Account | null> {
  const [account] = await session.read<Account>(
    'SELECT id, username, password_hash FROM admins WHERE username = ?',
    [username],
    asPlatform,
  );
  return account ?? null;
}

export async function recordLogin(session: Session, userId: number, hash: string): Promise<void> {
  await session.write('INSERT INTO sessions (user_id, session_hash, is_active) VALUES (?, ?, 1)', [
    userId,
    hash,
  ]);
}

export async function recordAdminLogin(
  session: Session,
  adminId: number,
  hash: string,
): Promise<void> {
  await session.write(
    'INSERT INTO admin_sessions (admin_id, session_hash, is_active) VALUES (?, ?, 1)',
    [adminId, hash],
  );
}

export interface AdminOverview {
  username: string;
  pendingApplications: number;
  pendingPayments: number;
  orders: number;
  billed: string;
  latestApplications: { name: string; email: string; status: string; applied_date: Date | null }[];
  latestPendingPayments: {
    amount: string;
    created_at: Date | null;
    order_number: string;
    username: string;
  }[];
}

/** What the admin's dashboard asks, one statement after the other; null when the account is gone. */
export async function readAdminOverview(
  session: Session,
  adminId: number,
): Promise<AdminOverview | null> {
  const [admin] = await session.read<{ username: string }>(
    'SELECT id, username FROM admins WHERE id = ?',
    [adminId],
    asPlatform,
  );
  if (admin === undefined) return null;
  const count = async (statement: string): Promise<number> =>
    Number((await session.read<{ count: number }>(statement, [], asPlatform))[0]?.count ?? 0);
  return {
    username: admin.username,
    pendingApplications: await count(
      "SELECT COUNT(*) AS count FROM retailer_applications WHERE status = 'pending'",
    ),
    pendingPayments: await count("SELECT COUNT(*) AS count FROM payments WHERE status = 'pending'"),
    orders: await count('SELECT COUNT(*) AS count FROM orders'),
    billed: await readBilledTotal(session),
    latestApplications: await session.read(
      'SELECT id, name, email, phone, status, applied_date FROM retailer_applications ORDER BY applied_date DESC LIMIT 5',
      [],
      asPlatform,
    ),
    latestPendingPayments: await session.read(
      "SELECT p.id, p.amount, p.payment_method, p.created_at, o.order_number, u.username FROM payments p JOIN orders o ON o.id = p.order_id JOIN users u ON u.id = o.user_id WHERE p.status = 'pending' ORDER BY p.created_at DESC LIMIT 5",
      [],
      asPlatform,
    ),
  };
}

async function readBilledTotal(session: Session): Promise<string> {
  const [row] = await session.read<{ total: string | null }>(
    'SELECT SUM(total_amount) AS total FROM bills',
    [],
    asPlatform,
  );
  return row?.total ?? '0.00';
}
