import { describe, expect, test } from 'vitest';
import { formatMs, formatNumber, plural } from '../../../src/output/text.ts';

describe('formatNumber', () => {
  test.each([
    [0, '0'],
    [7, '7'],
    [999, '999'],
    [1000, '1,000'],
    [1_234_567, '1,234,567'],
    [-1_234_567.891, '-1,234,567.89'],
    [0.5, '0.5'],
    [1.2, '1.2'],
    [1.239, '1.24'],
    [-0.001, '0'],
    [100.004, '100'],
    [12_345.6, '12,345.6'],
  ])('%d is %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  test('groups and cuts digits as Intl.NumberFormat does', () => {
    const reference = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
    for (let i = 1; i < 5000; i += 1) {
      const value = Math.round((i * 791_937) / (1 + (i % 13))) / 100;
      expect(formatNumber(value)).toBe(reference.format(value));
    }
  });
});

test('a duration leaves out a second unit of nothing', () => {
  expect([formatMs(60_000), formatMs(61_000), formatMs(3_600_000), formatMs(172_800_000)]).toEqual([
    '1 min',
    '1 min 1 s',
    '1 h',
    '2 d',
  ]);
});

test('one of a thing has no plural', () => {
  expect([plural(1, 'job'), plural(1200, 'job'), plural(2, 'index', 'indexes')]).toEqual([
    '1 job',
    '1,200 jobs',
    '2 indexes',
  ]);
});
