import { expect, test } from 'vitest';
import {
  compileGlob,
  escapeGlob,
  literalPrefix,
  matchesEverything,
} from '../../../src/cache/glob.ts';

const isMatch = (pattern: string, key: string): boolean =>
  compileGlob(pattern)(Buffer.from(key, 'latin1'));

test.each([
  ['products_*', 'products_page_1', true],
  ['products_*', 'product_page_1', false],
  ['*', '', true],
  ['a*', 'a\nb', true],
  ['?', '', false],
  ['page_?', 'page_1', true],
  ['page_?', 'page_12', false],
  ['page_[0-9]', 'page_7', true],
  ['page_[^0-9]', 'page_7', false],
  ['page_[abc]*', 'page_b7', true],
  ['[9-0]', '5', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['[a\\]b]', ']', true],
  ['*a*b*c', 'xxaxxbxxc', true],
  ['*a*b*c', 'xxbxxaxxc', false],
  ['[abc', 'b', true],
])('pattern %s on key %j: %s', (pattern, key, expected) => {
  expect(isMatch(pattern, key)).toBe(expected);
});

test('a pattern of many stars takes no long time', () => {
  const startedAt = performance.now();
  expect(isMatch('*a'.repeat(40), 'a'.repeat(39) + 'b'.repeat(5000))).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(500);
});

test.each([
  ['rate_limit_ip_*', 'rate_limit_ip_'],
  ['a\\*b*', 'a*b'],
  ['[ab]c', ''],
  ['plain', 'plain'],
])('every match of %s begins with %j', (pattern, prefix) => {
  expect(literalPrefix(pattern)).toBe(prefix);
});

test('a text with special characters can be made a pattern of itself', () => {
  const text = 'a*b?c[d-e]^f\\g';
  expect(isMatch(escapeGlob(text), text)).toBe(true);
  expect(isMatch(escapeGlob(text), 'aXbYcdf\\g')).toBe(false);
});

test.each(['*', '**', '?*', '*?'])('%s matches everything', (pattern) => {
  expect(matchesEverything(pattern)).toBe(true);
});

test.each(['a*', '?', '*_*', '[a-z]*'])('%s does not match everything', (pattern) => {
  expect(matchesEverything(pattern)).toBe(false);
});
