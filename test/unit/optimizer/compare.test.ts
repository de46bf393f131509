import { describe, expect, it } from 'vitest';
import type { Baseline } from '../../../src/optimizer/watch/baselines.ts';
import {
  compareWithBaseline,
  describeComparison,
  isWorthless,
} from '../../../src/optimizer/watch/compare.ts';
import type { Comparison } from '../../../src/optimizer/watch/compare.ts';
import { namesTable } from '../../../src/optimizer/watch/digest-counts.ts';
import type { DigestCount } from '../../../src/optimizer/watch/digest-counts.ts';

interface Ran {
  form: string;
  /** Executions and the milliseconds of each. */
  before: [number, number];
  since: [number, number];
  isControl?: boolean;
}

const keptAtMs = 1000;

function compare(...ran: Ran[]): Comparison {
  const baselines = ran.map(({ form, before: [count, ms], isControl }): Baseline => {
    const counted = { count, totalMs: count * ms };
    return { digest: form, form, isOnTable: isControl !== true, before: counted, start: counted };
  });
  const now = ran.map(({ form, before, since }): DigestCount => ({
    digest: form,
    form,
    count: before[0] + since[0],
    totalMs: before[0] * before[1] + since[0] * since[1],
    firstSeenMs: 500,
  }));
  return compareWithBaseline(baselines, now, keptAtMs);
}

const read = 'SELECT * FROM `events` WHERE `source` = ?';
const write = 'INSERT INTO `events` VALUES (...)';
const controls = (ratio: number): Ran[] =>
  ['a', 'b', 'c'].map((name) => ({
    form: `SELECT * FROM \`${name}\``,
    before: [100, 1],
    since: [100, ratio],
    isControl: true,
  }));

describe('an index since it was added', () => {
  it('is good when its statements became faster, with what they saved', () => {
    const result = compare({ form: read, before: [100, 5], since: [400, 1] });
    expect(result).toMatchObject({ verdict: 'good', control: null });
    expect(result.savedMs).toBeCloseTo(1600);
    expect(describeComparison(result)).toContain('takes 1.00 ms instead of 5.00 ms');
  });

  it('slows a read down from a fifth on, which makes it worthless', () => {
    expect(compare({ form: read, before: [100, 1], since: [100, 1.19] }).verdict).toBe('good');
    const slower = compare({ form: read, before: [100, 1], since: [100, 1.21] });
    expect(slower.verdict).toBe('slower');
    expect(isWorthless(slower)).toBe(true);
  });

  it('may slow writes down as long as reads save more than that', () => {
    const writes: Ran = { form: write, before: [1000, 0.2], since: [1000, 0.3] };
    const paid = compare(writes, { form: read, before: [100, 5], since: [100, 1] });
    expect(paid.verdict).toBe('slower');
    expect(isWorthless(paid)).toBe(false);
    const unpaid = compare(writes, { form: read, before: [100, 1], since: [100, 0.9] });
    expect(isWorthless(unpaid)).toBe(true);
  });

  it('is not judged by fewer than a hundred executions before or since', () => {
    expect(compare({ form: read, before: [99, 1], since: [500, 9] }).verdict).toBe('too-few');
    const few = compare({ form: read, before: [500, 1], since: [99, 9] });
    expect(few.verdict).toBe('too-few');
    expect(describeComparison(few)).toContain('too few executions to judge');
  });

  it('is not blamed for a server that became slower altogether', () => {
    const form: Ran = { form: read, before: [100, 1], since: [100, 1.5] };
    expect(compare(form, ...controls(1.5)).verdict).toBe('good');
    expect(compare(form, ...controls(1)).verdict).toBe('slower');
    // A faster server does not make a statement slower that is not.
    const unchanged: Ran = { form: read, before: [100, 1], since: [100, 1] };
    expect(compare(unchanged, ...controls(0.5)).verdict).toBe('good');
  });

  it('counts from zero where the server began to count again', () => {
    const counted = { count: 100, totalMs: 100 };
    const baseline = { digest: 'd', form: read, isOnTable: true, before: counted, start: counted };
    const now = { digest: 'd', form: read, count: 200, totalMs: 800 };
    const reset = compareWithBaseline([baseline], [{ ...now, firstSeenMs: 2000 }], keptAtMs);
    expect(reset.forms[0]).toMatchObject({ sinceCount: 200, sinceMs: 4 });
    const going = compareWithBaseline([baseline], [{ ...now, firstSeenMs: 500 }], keptAtMs);
    expect(going.forms[0]).toMatchObject({ sinceCount: 100, sinceMs: 7 });
  });
});

describe('a form of statement names a table', () => {
  it.each([
    ['SELECT `id` FROM `orders` WHERE `id` = ?', 'orders', true],
    ['SELECT ID FROM EVENTS WHERE SOURCE = ?', 'events', true],
    ['SELECT `a` FROM `shop` . EVENTS', 'events', true],
    ['INSERT INTO EVENTS ( SOURCE ) VALUES (...)', 'events', true],
    ['SELECT DATE ( `placed_at` ) FROM `orders`', 'date', false],
    ['SELECT `id` FROM `orders_old`', 'orders', false],
  ])('%s: %s is %s', (form, table, expected) => {
    expect(namesTable(form, table)).toBe(expected);
  });
});
