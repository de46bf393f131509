import { ScalectlError } from '../../errors.ts';
import type { Session } from '../../database/types.ts';
import { createCatalogue } from './catalogue.ts';
import { createOrders } from './orders.ts';
import type { OrderRecord } from './orders.ts';
import { hashPassword, shopPassword } from './passwords.ts';
import { createPeople } from './people.ts';
import { createRandom } from './random.ts';
import { shopScales } from './scales.ts';
import type { ShopScale } from './scales.ts';
import { insertStatement, shopTables } from './tables.ts';
import type { ShopSeason, ShopTable, SqlRow } from './tables.ts';
import { createAdminSessions, createMessages, createSessions } from './visits.ts';

export interface FillOptions {
  scale: ShopScale;
  /** The same seed, scale and `now` give the same rows. */
  seed: number;
  /** The shop's present: the latest order is from shortly before it. */
  now: Date;
  /** Called after each batch of orders, which are most of the work. */
  onProgress?: (progress: { orders: number; totalOrders: number }) => void;
  /** Aborting ends the fill after the running batch and leaves what is there. */
  signal?: AbortSignal;
}

/** Rows written, by table. */
export type ShopCounts = Record<ShopTable, number>;

/** 2,000 rows make statements of 150 to 600 KB, below the smallest max_allowed_packet in use (4 MB). */
const rowsPerStatement = 2_000;

/**
 * Fills the empty tables of `shop.sql` with the history of a shop: retailers, products, orders with their items,
 * payments and bills, logins and messages. The session's time zone must be UTC.
 * With a pool as `session`, the rows of an order's tables are written side by side.
 * @throws ScalectlError `refused` when the shop already has admins
 */
export async function fillShop(session: Session, options: FillOptions): Promise<ShopCounts> {
  const sizes = shopScales[options.scale];
  const season = { seed: options.seed, now: Math.floor(options.now.getTime() / 1000) };
  await refuseFilledShop(session);
  const writer = createWriter(session, options.signal);

  const people = createPeople(sizes, season, await hashPassword(shopPassword, saltOf(season)));
  await writer.write('admins', people.admins);
  await writer.write('retailer_applications', people.applications);
  await writer.write('users', people.users);
  const catalogue = createCatalogue(sizes, season);
  await writer.write('products', catalogue.products);

  const sources = { userCreatedAt: people.userCreatedAt, prices: catalogue.prices };
  for (const records of batches(createOrders(sizes, season, sources), rowsPerStatement)) {
    await writeOrders(writer, records);
    options.onProgress?.({ orders: writer.counts.orders, totalOrders: sizes.orders });
  }
  await writer.write('sessions', createSessions(sizes, season, people.userCreatedAt));
  await writer.write('admin_sessions', createAdminSessions(sizes, season));
  await writer.write('contact_messages', createMessages(sizes, season));
  return writer.counts;
}

interface Writer {
  readonly counts: ShopCounts;
  write(table: ShopTable, rows: Iterable<SqlRow>): Promise<void>;
}

function createWriter(session: Session, signal: AbortSignal | undefined): Writer {
  const counts = Object.fromEntries(
    Object.keys(shopTables).map((table) => [table, 0]),
  ) as ShopCounts;
  return {
    counts,
    async write(table, rows) {
      const statement = insertStatement(table);
      for (const batch of batches(rows, rowsPerStatement)) {
        signal?.throwIfAborted();
        await session.write(statement, [batch]);
        counts[table] += batch.length;
      }
    },
  };
}

/** Orders first, which the others refer to; then the others at once. */
async function writeOrders(writer: Writer, records: OrderRecord[]): Promise<void> {
  await writer.write(
    'orders',
    records.map((record) => record.order),
  );
  const outcomes = await Promise.allSettled([
    writer.write(
      'order_items',
      records.flatMap((record) => record.items),
    ),
    writer.write(
      'payments',
      records.map((record) => record.payment),
    ),
    writer.write(
      'bills',
      records.flatMap((record) => (record.bill === null ? [] : [record.bill])),
    ),
  ]);
  // Waiting for all of them first: no statement may still run when the caller closes the connection.
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

function* batches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

async function refuseFilledShop(session: Session): Promise<void> {
  const rows = await session.read('/* scalectl:sandbox */ SELECT id FROM admins LIMIT 1');
  if (rows.length > 0) {
    throw new ScalectlError('refused', 'The shop already has rows; a fill needs empty tables.', {
      hint: 'Give it a database of its own, freshly created.',
    });
  }
}

/** The same salt each time, so that the same seed gives the same rows; the password is published anyway. */
function saltOf(season: ShopSeason): Buffer {
  return Buffer.from(createRandom(season.seed, 'salt').hex(16), 'hex');
}
