import { busyMoments, secondsPerDay, toTimestamp } from './calendar.ts';
import { createPerson } from './names.ts';
import { createBuyerSampler } from './orders.ts';
import { createRandom } from './random.ts';
import type { ShopSizes } from './scales.ts';
import type { ShopSeason, SqlRow } from './tables.ts';

/** The logins of retailers, oldest first. Few log out: a session of the last day is open, of the older ones one in fifty. */
export function* createSessions(
  sizes: ShopSizes,
  season: ShopSeason,
  userCreatedAt: readonly number[],
): Generator<SqlRow> {
  const random = createRandom(season.seed, 'sessions');
  const drawUser = createBuyerSampler(userCreatedAt, random);
  let id = 0;
  for (const moment of busyMoments(spanOf(sizes, season), sizes.sessions, random)) {
    const active = season.now - moment < secondsPerDay || random.chance(0.02);
    yield [(id += 1), drawUser(moment) + 1, random.hex(32), active ? 1 : 0, toTimestamp(moment)];
  }
}

/** The logins of admins, oldest first. */
export function* createAdminSessions(sizes: ShopSizes, season: ShopSeason): Generator<SqlRow> {
  const random = createRandom(season.seed, 'admin sessions');
  let id = 0;
  for (const moment of busyMoments(spanOf(sizes, season), sizes.adminSessions, random)) {
    const active = season.now - moment < secondsPerDay ? 1 : 0;
    yield [(id += 1), random.between(1, sizes.admins), random.hex(32), active, toTimestamp(moment)];
  }
}

const enquiries = [
  ['Delivery of my last order', 'My order has not arrived. When will it be delivered?'],
  ['Wrong quantity', 'We received two cases less than we ordered. Please check the bill.'],
  ['GST number on the bill', 'Please correct the GST number on the last bill.'],
  ['New products', 'Do you plan to stock sugar-free drinks this season?'],
  ['Damaged bottles', 'Several bottles in one crate were broken. Photos are with the driver.'],
  ['Opening an account', 'I have applied twice and have had no answer yet.'],
  ['Payment not verified', 'I paid by UPI yesterday and the order still says pending.'],
] as const;

/** Enquiries, oldest first: the last three days' are mostly new, the older ones answered or closed. */
export function* createMessages(sizes: ShopSizes, season: ShopSeason): Generator<SqlRow> {
  const random = createRandom(season.seed, 'messages');
  let id = 0;
  for (const moment of busyMoments(spanOf(sizes, season), sizes.messages, random)) {
    id += 1;
    const person = createPerson(random, id);
    const [subject, message] = random.pick(enquiries);
    const recent = season.now - moment < 3 * secondsPerDay;
    const draw = random.fraction();
    const status =
      draw < (recent ? 0.7 : 0.03)
        ? 'new'
        : draw < 0.2
          ? 'read'
          : draw < 0.6
            ? 'replied'
            : 'closed';
    const answered = status === 'replied' || status === 'closed';
    const answeredAt = Math.min(season.now, moment + random.between(1800, 2 * secondsPerDay));
    yield [
      id,
      person.name,
      person.email,
      person.phone,
      subject,
      message,
      status,
      answered ? 'Thank you for writing. We have looked into it and called you back.' : null,
      answered ? random.between(1, sizes.admins) : null,
      answered ? toTimestamp(answeredAt) : null,
      toTimestamp(moment),
      toTimestamp(answered ? answeredAt : moment),
    ];
  }
}

function spanOf(
  sizes: ShopSizes,
  season: ShopSeason,
): { end: number; days: number; growth: number } {
  return { end: season.now, days: sizes.days, growth: 2.5 };
}
