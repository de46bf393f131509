import { describe, expect, it } from 'vitest';
import { pageView } from '../../../src/loadtest/journey.ts';
import { redirectOf, requestOf, RequestWriter } from '../../../src/loadtest/request.ts';
import type { SessionRequest } from '../../../src/loadtest/request.ts';
import { parseTarget } from '../../../src/loadtest/target.ts';

const origin = 'http://shop.test:8080';
const get: SessionRequest = { method: 'GET', path: '/pages/a.php?x=1', body: null };
const post: SessionRequest = { method: 'POST', path: '/pages/a.php', body: 'a=1' };

describe('the request of a step', () => {
  it('has values encoded for where they stand, so that an answer cannot smuggle in a request', () => {
    const values = new Map([
      ['id', 'a/b ü\r\nHost: evil'],
      ['token', '+&=%'],
    ]);
    const step = pageView('x', '/p/${id}?t=${token}', {
      method: 'POST',
      form: { 'a b': '${token} & more', none: '${unknown}' },
    });
    expect(requestOf(step, values)).toEqual({
      method: 'POST',
      path: '/p/a%2Fb%20%C3%BC%0D%0AHost%3A%20evil?t=%2B%26%3D%25',
      body: 'a%20b=%2B%26%3D%25%20%26%20more&none=',
    });
  });

  it('is written with host, cookies and the length of its form', () => {
    const writer = new RequestWriter(parseTarget(`${origin}/`));
    expect(writer.write(get, '')).toMatch(
      /^GET \/pages\/a\.php\?x=1 HTTP\/1\.1\r\nHost: shop\.test:8080\r\n(?:[\w-]+: [^\r\n]+\r\n)+\r\n$/,
    );
    expect(writer.write(get, 'a=1; b=2')).toContain('\r\nCookie: a=1; b=2\r\n');
    expect(writer.write(post, '')).toMatch(/\r\nContent-Length: 3\r\n\r\na=1$/);
  });
});

describe('a redirect', () => {
  it.each<[number, string, SessionRequest, SessionRequest | 'elsewhere' | null]>([
    [302, 'b.php', get, { method: 'GET', path: '/pages/b.php', body: null }],
    [301, '/', get, { method: 'GET', path: '/', body: null }],
    [302, `${origin}/c?d=1#e`, get, { method: 'GET', path: '/c?d=1', body: null }],
    [303, '/done', post, { method: 'GET', path: '/done', body: null }],
    [302, '/done', post, { method: 'GET', path: '/done', body: null }],
    [307, '/again', post, { method: 'POST', path: '/again', body: 'a=1' }],
    [308, '/again', post, { method: 'POST', path: '/again', body: 'a=1' }],
    [302, 'http://evil.test/', get, 'elsewhere'],
    [302, '//evil.test/', get, 'elsewhere'],
    [302, 'https://shop.test:8080/', get, 'elsewhere'],
    [302, 'http://shop.test/', get, 'elsewhere'],
    [302, 'http://[broken', get, null],
    [304, '/x', get, null],
    [200, '/x', get, null],
  ])('%i to %s', (status, location, request, expected) => {
    expect(redirectOf(request, status, location, origin)).toEqual(expected);
  });

  it('without a Location is an answer like any other', () => {
    expect(redirectOf(get, 302, null, origin)).toBeNull();
  });
});
