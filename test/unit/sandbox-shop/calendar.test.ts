import { describe, expect, it } from 'vitest';
import { busyMoments, toCompactDay, toTimestamp } from '../../../src/sandbox/shop/calendar.ts';
import { createRandom } from '../../../src/sandbox/shop/random.ts';

const end = Date.parse('2026-11-20T10:00:00Z') / 1000;

function moments(count: number, days: number): number[] {
  return [...busyMoments({ end, days, growth: 2.5 }, count, createRandom(1, 'calendar'))];
}

describe('the moments of a busy shop', () => {
  it('are exactly as many as asked for, in ascending order, none in the future', () => {
    for (const count of [0, 1, 17, 5000]) {
      const list = moments(count, 760);
      expect(list).toHaveLength(count);
      expect(list).toEqual(list.toSorted((a, b) => a - b));
      const outside = list.filter(
        (moment) => !Number.isInteger(moment) || moment > end || moment < end - 761 * 86_400,
      );
      expect(outside).toEqual([]);
    }
  });

  it('grow over the years and are few on Sundays and at night', () => {
    const list = moments(20_000, 730);
    const firstYear = list.filter((moment) => moment < end - 365 * 86_400).length;
    expect((20_000 - firstYear) / firstYear).toBeGreaterThan(1.4);
    const days = list.map((moment) => new Date(moment * 1000));
    const on = (weekday: number): number =>
      days.filter((day) => day.getUTCDay() === weekday).length;
    expect(on(1) / on(0)).toBeGreaterThan(3);
    const at = (hour: number): number => days.filter((day) => day.getUTCHours() === hour).length;
    // 04:00 to 05:00 UTC is half past nine to half past ten in India, 21:00 the middle of the night.
    expect(at(4)).toBeGreaterThan(20 * at(21));
  });
});

describe('times as the database takes them', () => {
  it('are UTC, with every digit', () => {
    expect(toTimestamp(Date.parse('2026-01-05T03:04:09Z') / 1000)).toBe('2026-01-05 03:04:09');
    expect(toTimestamp(Date.parse('2025-12-31T23:59:59Z') / 1000)).toBe('2025-12-31 23:59:59');
    expect(toCompactDay(Date.parse('2026-01-05T03:04:09Z') / 1000)).toBe('20260105');
  });
});
