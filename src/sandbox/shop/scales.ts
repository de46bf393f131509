/** How much a filled shop holds, and over how many days its trade is spread. */
export interface ShopSizes {
  admins: number;
  /** Retailers with an account; applications not (yet) approved come on top. */
  users: number;
  pendingApplications: number;
  rejectedApplications: number;
  products: number;
  orders: number;
  sessions: number;
  adminSessions: number;
  messages: number;
  days: number;
}

export const shopScales = {
  small: {
    admins: 3,
    users: 400,
    pendingApplications: 12,
    rejectedApplications: 30,
    products: 200,
    orders: 5_000,
    sessions: 2_000,
    adminSessions: 100,
    messages: 500,
    days: 760,
  },
  medium: {
    admins: 4,
    users: 4_000,
    pendingApplications: 60,
    rejectedApplications: 400,
    products: 2_000,
    orders: 100_000,
    sessions: 40_000,
    adminSessions: 1_000,
    messages: 10_000,
    days: 900,
  },
  large: {
    admins: 6,
    users: 20_000,
    pendingApplications: 300,
    rejectedApplications: 2_000,
    products: 2_000,
    orders: 1_000_000,
    sessions: 400_000,
    adminSessions: 5_000,
    messages: 200_000,
    days: 1_000,
  },
} as const satisfies Record<string, ShopSizes>;

export type ShopScale = keyof typeof shopScales;
