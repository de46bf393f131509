import { busyMoments, secondsPerDay, toCompactDay, toTimestamp } from './calendar.ts';
import type { Span } from './calendar.ts';
import { createRandom, shuffled } from './random.ts';
import type { Random } from './random.ts';
import { createSampler, longTailWeights } from './skew.ts';
import type { Sampler } from './skew.ts';
import type { ShopSizes } from './scales.ts';
import { toRupees } from './tables.ts';
import type { ShopSeason, SqlRow } from './tables.ts';

/** One order with all that hangs on it, as rows. */
export interface OrderRecord {
  order: SqlRow;
  items: SqlRow[];
  payment: SqlRow;
  bill: SqlRow | null;
}

export interface OrderSources {
  /** Unix seconds, ascending: a retailer orders only after the account exists. */
  userCreatedAt: readonly number[];
  /** Paise, by position of the product. */
  prices: readonly number[];
}

type OrderStatus =
  'pending_payment' | 'payment_verified' | 'payment_rejected' | 'bill_generated' | 'completed';

/** GST on soft drinks as the shop bills it. */
const gstRate = 0.18;

/** How often an order has one to five lines: 2.95 on average. */
const lineCountWeights = [0.15, 0.25, 0.25, 0.2, 0.15];

/** Cases a line: retailers order round numbers. */
const quantities = [1, 1, 1, 2, 2, 2, 3, 4, 5, 5, 6, 10, 10, 12, 20, 50] as const;

/**
 * All orders of a shop, oldest first, which is also the order of their ids. Few retailers buy most, few products
 * sell most, old orders are completed, and what is open is recent.
 */
export function* createOrders(
  sizes: ShopSizes,
  season: ShopSeason,
  sources: OrderSources,
): Generator<OrderRecord> {
  const random = createRandom(season.seed, 'orders');
  const drawUser = createBuyerSampler(sources.userCreatedAt, random);
  const drawProduct = createProductSampler(sources.prices.length, random);
  const drawLineCount = createSampler(lineCountWeights);
  const span: Span = { end: season.now, days: sizes.days, growth: 2.5 };
  let orderId = 0;
  let itemId = 0;
  let billId = 0;
  for (const orderedAt of busyMoments(span, sizes.orders, random)) {
    orderId += 1;
    const lines = createLines(drawLineCount(random) + 1, drawProduct, sources.prices, random);
    const totalPaise = lines.reduce((sum, line) => sum + line.pricePaise * line.quantity, 0);
    const course = createCourse(orderedAt, season.now, random);
    const order: PlacedOrder = {
      id: orderId,
      userId: drawUser(orderedAt) + 1,
      orderedAt,
      totalPaise,
      method: random.chance(0.7) ? 'upi' : 'cod',
      ...course,
    };
    if (course.billedAt !== null) billId += 1;
    yield {
      order: toOrderRow(order),
      items: lines.map((line) => toItemRow((itemId += 1), orderId, line)),
      payment: toPaymentRow(order, sizes, random),
      bill:
        course.billedAt === null ? null : toBillRow(billId, order, course.billedAt, sizes, random),
    };
  }
}

/**
 * Draws the position of the retailer behind an order or a visit at a moment: the first retailer the most often,
 * the others in an order of their own, nobody before the account exists.
 */
export function createBuyerSampler(
  userCreatedAt: readonly number[],
  random: Random,
): (moment: number) => number {
  const others = userCreatedAt.slice(1).map((_, index) => index + 1);
  const byRank = [0, ...shuffled(others, random)];
  // Fits a shop of 20,000 retailers whose heaviest buyer places one order in two hundred.
  const drawRank = createSampler(longTailWeights(byRank.length, 0.8, 10));
  let existing = 0;
  return (moment) => {
    while (existing < userCreatedAt.length && (userCreatedAt[existing] ?? 0) <= moment)
      existing += 1;
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const position = byRank[drawRank(random)] ?? 0;
      if (position < existing) return position;
    }
    return existing <= 1 ? 0 : random.between(0, existing - 1);
  };
}

interface PlacedOrder extends Course {
  id: number;
  userId: number;
  orderedAt: number;
  totalPaise: number;
  method: 'upi' | 'cod';
}

/** What became of an order: Unix seconds of each step that was taken. */
interface Course {
  status: OrderStatus;
  decidedAt: number | null;
  billedAt: number | null;
  updatedAt: number;
}

interface Line {
  product: number;
  quantity: number;
  pricePaise: number;
}

function createProductSampler(count: number, random: Random): Sampler {
  const byRank = shuffled(
    Array.from({ length: count }, (_, index) => index),
    random,
  );
  const drawRank = createSampler(longTailWeights(count, 0.9, 2));
  return (source) => byRank[drawRank(source)] ?? 0;
}

/** Different products each. */
function createLines(
  count: number,
  drawProduct: Sampler,
  prices: readonly number[],
  random: Random,
): Line[] {
  const lines: Line[] = [];
  while (lines.length < count) {
    const product = drawProduct(random);
    if (lines.some((line) => line.product === product)) continue;
    lines.push({ product, quantity: random.pick(quantities), pricePaise: prices[product] ?? 0 });
  }
  return lines;
}

/** The younger an order, the less of its way it has gone; one old order in 250 was never paid. */
function createCourse(orderedAt: number, now: number, random: Random): Course {
  const status = drawStatus((now - orderedAt) / secondsPerDay, random);
  if (status === 'pending_payment') {
    return { status, decidedAt: null, billedAt: null, updatedAt: orderedAt };
  }
  const later = (from: number, hours: number): number =>
    from + Math.floor(random.fraction() * Math.min(hours * 3600, now - from));
  const decidedAt = later(orderedAt, 30);
  if (status === 'payment_verified' || status === 'payment_rejected') {
    return { status, decidedAt, billedAt: null, updatedAt: decidedAt };
  }
  const billedAt = later(decidedAt, 20);
  const updatedAt = status === 'completed' ? later(billedAt, 96) : billedAt;
  return { status, decidedAt, billedAt, updatedAt };
}

function drawStatus(ageDays: number, random: Random): OrderStatus {
  const draw = random.fraction();
  if (ageDays < 0.1) return draw < 0.75 ? 'pending_payment' : 'payment_verified';
  if (ageDays < 3) {
    if (draw < 0.45) return 'pending_payment';
    if (draw < 0.75) return 'payment_verified';
    return draw < 0.95 ? 'bill_generated' : 'payment_rejected';
  }
  if (ageDays < 14) {
    if (draw < 0.06) return 'pending_payment';
    if (draw < 0.16) return 'payment_verified';
    if (draw < 0.4) return 'bill_generated';
    return draw < 0.95 ? 'completed' : 'payment_rejected';
  }
  if (draw < 0.004) return 'pending_payment';
  return draw < 0.05 ? 'payment_rejected' : 'completed';
}

function toOrderRow(order: PlacedOrder): SqlRow {
  // Multiplied by an odd number modulo 2 ** 32 (Knuth's multiplicative hash), no two ids meet.
  const code = (Math.imul(order.id, 0x9e3779b1) >>> 0).toString(16).toUpperCase().padStart(8, '0');
  return [
    order.id,
    order.userId,
    `ORD-${toCompactDay(order.orderedAt)}-${code}`,
    toRupees(order.totalPaise),
    order.method,
    order.status,
    toTimestamp(order.orderedAt),
    toTimestamp(order.updatedAt),
  ];
}

function toItemRow(id: number, orderId: number, line: Line): SqlRow {
  return [
    id,
    orderId,
    line.product + 1,
    line.quantity,
    toRupees(line.pricePaise),
    toRupees(line.pricePaise * line.quantity),
  ];
}

function toPaymentRow(order: PlacedOrder, sizes: ShopSizes, random: Random): SqlRow {
  const rejected = order.status === 'payment_rejected';
  const upi = order.method === 'upi';
  const status = order.decidedAt === null ? 'pending' : rejected ? 'rejected' : 'verified';
  return [
    order.id,
    order.id,
    order.method,
    upi ? `retailer${order.userId}@upi.example` : null,
    upi ? `uploads/qr/order_${order.id}.png` : null,
    toRupees(order.totalPaise),
    upi && order.decidedAt !== null ? `uploads/proofs/order_${order.id}.jpg` : null,
    status,
    rejected ? 'Amount does not match the order' : null,
    order.decidedAt === null ? null : random.between(1, sizes.admins),
    order.decidedAt === null ? null : toTimestamp(order.decidedAt),
    toTimestamp(order.orderedAt),
  ];
}

function toBillRow(
  id: number,
  order: PlacedOrder,
  billedAt: number,
  sizes: ShopSizes,
  random: Random,
): SqlRow {
  const gstPaise = Math.round(order.totalPaise * gstRate);
  const number = `BILL-${toCompactDay(billedAt).slice(0, 6)}-${String(id).padStart(7, '0')}`;
  return [
    id,
    order.id,
    number,
    order.userId,
    toTimestamp(billedAt),
    toRupees(order.totalPaise),
    toRupees(gstPaise),
    toRupees(order.totalPaise + gstPaise),
    `uploads/bills/${number}.pdf`,
    random.between(1, sizes.admins),
  ];
}
