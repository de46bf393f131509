import { toTimestamp } from './calendar.ts';
import { busyMoments, secondsPerDay } from './calendar.ts';
import { createPerson, createShopAddress } from './names.ts';
import type { Person } from './names.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';
import type { ShopSizes } from './scales.ts';
import type { SqlRow, ShopSeason } from './tables.ts';

/** The login names of the accounts that every filled shop has, whatever its seed. */
export const shopAccounts = {
  /** The first retailer, who is also the shop's heaviest buyer. */
  retailer: { id: 1, email: 'demo@shop.example', username: 'demo' },
  admin: { id: 1, username: 'admin', email: 'admin@shop.example' },
} as const;

/** So many of the first retailers are never switched off, so that a load test can log in as each of them. */
const alwaysActiveUsers = 50;

export interface People {
  admins: SqlRow[];
  applications: SqlRow[];
  /** In the order of their creation, so that those who exist at a moment are the first ones. */
  users: SqlRow[];
  /** Unix seconds of each user's creation, by position. */
  userCreatedAt: number[];
}

interface Applicant {
  id: number;
  person: Person;
  address: string;
  appliedAt: number;
  decision: 'pending' | 'approved' | 'rejected';
  decidedAt: number;
}

/** Admins, applications and the accounts that came of the approved ones. */
export function createPeople(sizes: ShopSizes, season: ShopSeason, passwordHash: string): People {
  const random = createRandom(season.seed, 'people');
  const applicants = createApplicants(sizes, season, random);
  const approved = applicants
    .filter((applicant) => applicant.decision === 'approved')
    .sort((a, b) => a.decidedAt - b.decidedAt || a.id - b.id);
  const first = approved[0];
  if (first !== undefined) first.person = { ...first.person, ...accountOf(shopAccounts.retailer) };
  return {
    admins: createAdmins(sizes, season, passwordHash),
    applications: applicants.map((applicant) => toApplicationRow(applicant, sizes, random)),
    users: approved.map((applicant, index) => [
      index + 1,
      applicant.id,
      applicant.person.email,
      applicant.person.phone,
      applicant.person.username,
      passwordHash,
      applicant.address,
      toTimestamp(applicant.decidedAt),
      index < alwaysActiveUsers || random.chance(0.97) ? 1 : 0,
    ]),
    userCreatedAt: approved.map((applicant) => applicant.decidedAt),
  };
}

function accountOf(account: { email: string; username: string }): {
  email: string;
  username: string;
} {
  return { email: account.email, username: account.username };
}

function createAdmins(sizes: ShopSizes, season: ShopSeason, passwordHash: string): SqlRow[] {
  const opened = season.now - (sizes.days + 90) * secondsPerDay;
  return Array.from({ length: sizes.admins }, (_, index) => {
    const account =
      index === 0
        ? accountOf(shopAccounts.admin)
        : { username: `admin${index + 1}`, email: `admin${index + 1}@shop.example` };
    return [
      index + 1,
      account.username,
      account.email,
      passwordHash,
      toTimestamp(opened + index * 30 * secondsPerDay),
    ];
  });
}

/** In the order of application. A third comes in the months before the first order; the open ones are the latest. */
function createApplicants(sizes: ShopSizes, season: ShopSeason, random: Random): Applicant[] {
  const count = sizes.users + sizes.pendingApplications + sizes.rejectedApplications;
  const beforeOpening = Math.floor(count / 3);
  const opening = season.now - sizes.days * secondsPerDay;
  const moments = [
    ...busyMoments(
      { end: opening - 5 * secondsPerDay, days: 60, growth: 1 },
      beforeOpening,
      random,
    ),
    ...busyMoments({ end: season.now, days: sizes.days, growth: 1 }, count - beforeOpening, random),
  ];
  const firstOpen = count - sizes.pendingApplications;
  const rejected = createRejections(firstOpen, sizes.rejectedApplications, random);
  return moments.map((appliedAt, index) => {
    const person = createPerson(random, index + 1);
    const decidedAt = appliedAt + random.between(3600, 3 * secondsPerDay);
    return {
      id: index + 1,
      person,
      address: createShopAddress(random, person),
      appliedAt,
      decision: index >= firstOpen ? 'pending' : rejected.has(index) ? 'rejected' : 'approved',
      decidedAt: Math.min(decidedAt, season.now),
    };
  });
}

/** So many different positions below `end`; never the first, which becomes the demo account. */
function createRejections(end: number, count: number, random: Random): Set<number> {
  const rejected = new Set<number>();
  while (rejected.size < count) rejected.add(random.between(1, end - 1));
  return rejected;
}

function toApplicationRow(applicant: Applicant, sizes: ShopSizes, random: Random): SqlRow {
  const { person, decision } = applicant;
  const open = decision === 'pending';
  return [
    applicant.id,
    person.name,
    person.email,
    person.phone,
    applicant.address,
    decision,
    toTimestamp(applicant.appliedAt),
    open ? null : toTimestamp(applicant.decidedAt),
    decision === 'rejected' ? 'GST number could not be confirmed' : null,
    open ? null : random.between(1, sizes.admins),
  ];
}
