import { describe, expect, it } from 'vitest';
import { readSessionCookie } from '../../../src/sandbox/shop/site/exchange.ts';
import { createWebSessions, isCsrfTokenOf } from '../../../src/sandbox/shop/site/web-sessions.ts';

describe('web sessions', () => {
  it('are found until they were not used for their lifetime', () => {
    let now = 0;
    const sessions = createWebSessions({ ttlMs: 100, limit: 10, clock: () => now });
    const { id } = sessions.open();
    now = 99;
    expect(sessions.find(id)?.id).toBe(id);
    now = 198;
    expect(sessions.find(id)?.id).toBe(id);
    now = 298;
    expect(sessions.find(id)).toBeNull();
    expect(sessions.size).toBe(0);
  });

  it('give way to newer ones beyond the limit, the longest unused first', () => {
    const sessions = createWebSessions({ ttlMs: 100, limit: 2, clock: () => 0 });
    const first = sessions.open();
    const second = sessions.open();
    sessions.find(first.id);
    sessions.open();
    expect(sessions.size).toBe(2);
    expect(sessions.find(second.id)).toBeNull();
    expect(sessions.find(first.id)).toBe(first);
  });

  it('get a new id and token at a login, and the old id is worth nothing', () => {
    const sessions = createWebSessions({ ttlMs: 100, limit: 2 });
    const session = sessions.open();
    const { id, csrfToken } = session;
    sessions.renew(session);
    expect(session.id).not.toBe(id);
    expect(sessions.find(id)).toBeNull();
    expect(sessions.find(session.id)).toBe(session);
    expect(isCsrfTokenOf(session, csrfToken)).toBe(false);
    expect(isCsrfTokenOf(session, session.csrfToken)).toBe(true);
    expect(isCsrfTokenOf(session, null)).toBe(false);
  });
});

describe('the session cookie', () => {
  const id = '0123456789abcdef0123456789abcdef';

  it('is found among others', () => {
    expect(readSessionCookie(`a=b; PHPSESSID=${id}; c=d`)).toBe(id);
    expect(readSessionCookie(`PHPSESSID=${id}`)).toBe(id);
  });

  it('is ignored when it cannot be ours', () => {
    for (const header of [
      undefined,
      '',
      'PHPSESSID=',
      `XPHPSESSID=${id}`,
      `PHPSESSID=${id}0`,
      'PHPSESSID=../x',
    ]) {
      expect(readSessionCookie(header)).toBeUndefined();
    }
  });
});
