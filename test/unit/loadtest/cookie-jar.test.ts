import { describe, expect, it } from 'vitest';
import { CookieJar } from '../../../src/loadtest/http/cookie-jar.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

function jarWith(...cookies: string[]): CookieJar {
  const jar = new CookieJar('shop.test', false);
  for (const cookie of cookies) jar.take(cookie, '/pages/login.php', now);
  return jar;
}

describe('a cookie', () => {
  it('comes back on the pages beside the one that set it, unless it names a path', () => {
    const jar = jarWith('PHPSESSID=abc; HttpOnly');
    expect(jar.header('/pages/cart.php?x=1', now)).toBe('PHPSESSID=abc');
    expect(jar.header('/index.php', now)).toBe('');
    expect(jarWith('PHPSESSID=abc; Path=/').header('/index.php', now)).toBe('PHPSESSID=abc');
  });

  it('does not come back where only the letters of its path match', () => {
    const jar = jarWith('a=1; Path=/shop');
    expect(jar.header('/shop', now)).toBe('a=1');
    expect(jar.header('/shop/cart', now)).toBe('a=1');
    expect(jar.header('/shopping', now)).toBe('');
  });

  it('is replaced by one of the same name and path', () => {
    expect(jarWith('a=1; Path=/', 'a=2; Path=/').header('/', now)).toBe('a=2');
  });

  it('is sent before those of shorter paths', () => {
    const jar = jarWith('a=1; Path=/', 'b=2; Path=/pages');
    expect(jar.header('/pages/x', now)).toBe('b=2; a=1');
  });

  it('is deleted by a time in the past', () => {
    const past = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT';
    expect(jarWith('a=1; Path=/', `a=; Path=/; ${past}`).header('/', now)).toBe('');
    expect(jarWith('a=1; Path=/', 'a=; Path=/; Max-Age=0').header('/', now)).toBe('');
  });

  it('ends when its time is over; Max-Age counts before Expires', () => {
    const jar = jarWith('a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60');
    expect(jar.header('/', now + 59_000)).toBe('a=1');
    expect(jar.header('/', now + 61_000)).toBe('');
  });

  it('keeps an equals sign in its value', () => {
    expect(jarWith('token=YQ==; Path=/').header('/', now)).toBe('token=YQ==');
  });

  it('is dropped when it is for another host, needs TLS, or has no name', () => {
    const jar = jarWith(
      'a=1; Domain=bank.test; Path=/',
      'b=2; Secure; Path=/',
      '=3; Path=/',
      'nothing',
    );
    expect(jar.header('/', now)).toBe('');
    expect(jarWith('a=1; Domain=.test; Path=/').header('/', now)).toBe('a=1');
    const secure = new CookieJar('shop.test', true);
    secure.take('b=2; Secure; Path=/', '/', now);
    expect(secure.header('/', now)).toBe('b=2');
  });
});
