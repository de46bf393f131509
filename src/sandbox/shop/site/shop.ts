import type { Database } from '../../../database/types.ts';
import type { PageAnswer, PageRequest } from './exchange.ts';
import type { WebSessions } from './web-sessions.ts';

/** What the site has counted since its start. */
export interface SiteCounters {
  requests: number;
  /** Answers by HTTP status. */
  statusCodes: Record<string, number>;
  logins: number;
  refusedLogins: number;
  orders: number;
  /** Requests that ended in an unexpected error, answered with 500. */
  failures: number;
}

/** What every page works with. */
export interface Shop {
  readonly database: Database;
  readonly sessions: WebSessions;
  readonly counters: SiteCounters;
}

export type Page = (request: PageRequest, shop: Shop) => Promise<PageAnswer>;
