import { createHash } from 'node:crypto';
import { encodePhp, jsonToPhp } from '../../cache/php-serialize.ts';
import { createCatalogue } from './catalogue.ts';
import { toCompactDay, toTimestamp } from './calendar.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import { shopScales } from './scales.ts';
import { toRupees } from './tables.ts';
import type { ShopSeason } from './tables.ts';

/** Where the keys go; a null `ttlSeconds` is a key that never expires. */
export interface CacheSink {
  set(key: string, value: Buffer, ttlSeconds: number | null): Promise<void>;
}

export interface CacheContentsOptions {
  seed: number;
  now: Date;
  /** Retailers whose pages are cached; default 60. */
  users?: number;
}

export interface CacheContents {
  keys: number;
  withoutTtl: number;
}

/** The platform's lifetimes in seconds: its page and query caches, and the windows of its rate limiter. */
const lifetimes = {
  product: 1800,
  order: 300,
  dashboard: 120,
  other: 3600,
  minute: 60,
  login: 300,
};

const productsPerPage = 20;

interface Entry {
  key: string;
  value: unknown;
  /** Null for what the platform stores without an end: its Redis jobs and a few forgotten keys. */
  lifetime: number | null;
}

/**
 * Puts what the platform's cache holds on a busy morning into an empty cache: raw keys without a prefix, values in
 * PHP's serialize() format, most with a part of their lifetime left. The same seed and `now` give the same contents.
 */
export async function fillCache(
  sink: CacheSink,
  options: CacheContentsOptions,
): Promise<CacheContents> {
  const season = { seed: options.seed, now: Math.floor(options.now.getTime() / 1000) };
  const random = createRandom(season.seed, 'cache');
  const contents = { keys: 0, withoutTtl: 0 };
  for (const entry of createEntries(season, options.users ?? 60, random)) {
    const ttlSeconds = entry.lifetime === null ? null : remaining(entry.lifetime, random);
    await sink.set(entry.key, encodePhp(jsonToPhp(entry.value)), ttlSeconds);
    contents.keys += 1;
    if (ttlSeconds === null) contents.withoutTtl += 1;
  }
  return contents;
}

/** At least half of the lifetime, so that nothing expires while somebody looks at it. */
function remaining(lifetime: number, random: Random): number {
  return random.between(Math.ceil(lifetime / 2), lifetime);
}

function* createEntries(season: ShopSeason, users: number, random: Random): Generator<Entry> {
  yield* productEntries(season);
  for (let user = 1; user <= users; user += 1) yield* userEntries(user, season, random);
  yield* queryEntries(season, random);
  yield* rateLimitEntries(users, season, random);
  for (let job = 0; job < 5; job += 1) yield jobEntry(season, random);
}

function* productEntries(season: ShopSeason): Generator<Entry> {
  const { products } = createCatalogue(shopScales.small, season);
  // Text in every field, as mysqli's fetch_assoc gives it.
  const rows = products.map(([id, name, description, price, stock, image]) => ({
    id: String(id),
    name,
    description,
    price,
    quantity_in_stock: String(stock),
    image_path: image,
  }));
  yield { key: 'products_list', value: rows, lifetime: lifetimes.product };
  const pages = Math.ceil(rows.length / productsPerPage);
  for (let page = 1; page <= pages; page += 1) {
    const value = rows.slice((page - 1) * productsPerPage, page * productsPerPage);
    // The last two pages were stored by hand, and nobody gave them an end.
    const lifetime = page > pages - 2 ? null : lifetimes.product;
    yield { key: `products_page_${page}`, value, lifetime };
  }
}

function* userEntries(user: number, season: ShopSeason, random: Random): Generator<Entry> {
  const orders = Array.from({ length: random.between(1, 12) }, () => cachedOrder(season, random));
  yield { key: `orders_${user}`, value: orders, lifetime: lifetimes.order };
  const dashboard = {
    user_id: user,
    order_count: orders.length,
    average_amount: random.between(100_000, 900_000) / 100,
    is_active: true,
    last_bill: null,
    recent_orders: orders.slice(0, 5),
  };
  yield { key: `dashboard_${user}`, value: dashboard, lifetime: lifetimes.dashboard };
}

function cachedOrder(season: ShopSeason, random: Random): Record<string, unknown> {
  const orderedAt = season.now - random.between(60, 90 * 86_400);
  return {
    id: String(random.between(1, 5_000)),
    order_number: `ORD-${toCompactDay(orderedAt)}-${random.hex(4).toUpperCase()}`,
    total_amount: toRupees(random.between(50_000, 5_000_000)),
    status: random.pick(['completed', 'completed', 'completed', 'pending_payment']),
    order_date: toTimestamp(orderedAt),
  };
}

const cachedStatements = [
  'SELECT COUNT(*) AS count FROM orders',
  'SELECT SUM(total_amount) AS total FROM bills',
  "SELECT COUNT(*) AS count FROM payments WHERE status = 'pending'",
  "SELECT COUNT(*) AS count FROM retailer_applications WHERE status = 'pending'",
  'SELECT status, COUNT(*) AS count FROM contact_messages GROUP BY status',
];

function* queryEntries(season: ShopSeason, random: Random): Generator<Entry> {
  for (const statement of cachedStatements) {
    const md5 = createHash('md5').update(statement).digest('hex');
    const value = [{ count: String(random.between(10, 5_000)), cached_at: season.now }];
    yield { key: `query_${md5}`, value, lifetime: lifetimes.other };
  }
}

/** Addresses of the networks that documentation uses (RFC 5737): nobody's. */
function* rateLimitEntries(users: number, season: ShopSeason, random: Random): Generator<Entry> {
  const counter = (most: number, window: number): unknown => ({
    count: random.between(1, most),
    reset_time: season.now + window,
  });
  for (let host = 1; host <= 20; host += 1) {
    const key = `rate_limit_ip_203.0.113.${host}`;
    yield { key, value: counter(100, lifetimes.minute), lifetime: lifetimes.minute };
  }
  for (let user = 1; user <= Math.min(users, 10); user += 1) {
    const key = `rate_limit_user_${user}`;
    yield { key, value: counter(1000, lifetimes.other), lifetime: lifetimes.other };
  }
  const key = 'rate_limit_endpoint_login_198.51.100.7';
  yield { key, value: counter(12, lifetimes.login), lifetime: lifetimes.login };
}

function jobEntry(season: ShopSeason, random: Random): Entry {
  const id = `${(season.now - random.between(60, 7200)).toString(16)}${random.hex(4).slice(0, 5)}`;
  const value = {
    id: `job_${id}`,
    type: 'send_email',
    data: { to: 'demo@shop.example', subject: 'Your bill is ready' },
    status: 'pending',
    attempts: 0,
    max_attempts: 3,
  };
  return { key: `job_${id}`, value, lifetime: null };
}
