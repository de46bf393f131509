import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What the shop remembers about one browser. */
export interface WebSession {
  id: string;
  csrfToken: string;
  userId: number | null;
  adminId: number | null;
  /** Product to number of cases. */
  cart: Map<number, number>;
  /** Milliseconds on the clock of `WebSessionOptions`. */
  expiresAt: number;
}

export interface WebSessions {
  readonly size: number;
  open(): WebSession;
  /** Null when the session is not known or has expired; else its time starts anew. */
  find(id: string | undefined): WebSession | null;
  /** Gives a session a new id, as a login must: an id that was planted before the login is worth nothing after it. */
  renew(session: WebSession): void;
}

export interface WebSessionOptions {
  /** How long an unused session lives. */
  ttlMs: number;
  /** The sessions that were not used for the longest time go first when there are more. */
  limit: number;
  clock?: () => number;
}

/** Sessions in memory, in the order of their last use: a Map keeps the order of insertion. */
export function createWebSessions(options: WebSessionOptions): WebSessions {
  const { ttlMs, limit, clock = Date.now } = options;
  const sessions = new Map<string, WebSession>();

  const forgetOld = (): void => {
    for (const [id, session] of sessions) {
      if (session.expiresAt > clock() && sessions.size <= limit) return;
      sessions.delete(id);
    }
  };
  const keep = (session: WebSession): void => {
    sessions.delete(session.id);
    session.expiresAt = clock() + ttlMs;
    sessions.set(session.id, session);
  };

  return {
    get size() {
      return sessions.size;
    },
    open() {
      const session: WebSession = {
        id: createId(),
        csrfToken: createId(),
        userId: null,
        adminId: null,
        cart: new Map(),
        expiresAt: 0,
      };
      keep(session);
      forgetOld();
      return session;
    },
    find(id) {
      forgetOld();
      const session = id === undefined ? undefined : sessions.get(id);
      if (session === undefined) return null;
      keep(session);
      return session;
    },
    renew(session) {
      sessions.delete(session.id);
      session.id = createId();
      session.csrfToken = createId();
      keep(session);
    },
  };
}

/** Compares in a time that tells nothing about the token. */
export function isCsrfTokenOf(session: WebSession, token: string | null): boolean {
  return token !== null && timingSafeEqual(sha256(session.csrfToken), sha256(token));
}

/** What the platform's `sessions` table keeps of a session's id. */
export function sessionHash(session: WebSession): string {
  return sha256(session.id).toString('hex');
}

function createId(): string {
  return randomBytes(16).toString('hex');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
