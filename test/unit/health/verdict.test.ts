import { describe, expect, it } from 'vitest';
import type { Status } from '../../../src/health/check.ts';
import { judge } from '../../../src/health/judge.ts';
import { verdict } from '../../../src/health/run.ts';
import { chooseSample } from '../../../src/health/sample.ts';

const chosen = [
  { id: 'needed', isRequired: true },
  { id: 'nice', isRequired: false },
];

function verdictOf(needed: Status, nice: Status, isStrict = false): string {
  const results = [
    { id: 'needed', status: needed },
    { id: 'nice', status: nice },
  ];
  return verdict(chosen, results, isStrict);
}

describe('the verdict', () => {
  it.each<[Status, Status, string]>([
    ['ok', 'ok', 'ok'],
    ['ok', 'warning', 'warning'],
    ['critical', 'warning', 'critical'],
    ['unknown', 'warning', 'warning'],
    ['unknown', 'ok', 'unknown'],
    ['ok', 'unknown', 'ok'],
    ['ok', 'skipped', 'ok'],
    ['skipped', 'skipped', 'ok'],
  ])('of %s and (not required) %s is %s', (needed, nice, expected) => {
    expect(verdictOf(needed, nice)).toBe(expected);
  });

  it('counts what is not required and unknown when strict', () => {
    expect(verdictOf('ok', 'unknown', true)).toBe('unknown');
  });
});

describe('a figure against its limits', () => {
  const measurement = {
    limits: { warning: 10, critical: 20 },
    better: 'lower' as const,
    unit: 'ms',
    message: '',
    source: '',
    advice: 'do it',
  };

  it.each([
    [9.99, 'ok'],
    [10, 'warning'],
    [20, 'critical'],
  ])('%d with limits 10 and 20 is %s when lower is better', (observed, status) => {
    expect(judge({ ...measurement, observed }).status).toBe(status);
  });

  it.each([
    [0.6, 'ok'],
    [0.59, 'warning'],
    [0.29, 'critical'],
  ])('%d with limits 0.6 and 0.3 is %s when higher is better', (observed, status) => {
    const limits = { warning: 0.6, critical: 0.3 };
    expect(judge({ ...measurement, observed, limits, better: 'higher' }).status).toBe(status);
  });

  it('gives advice only when something is wrong', () => {
    expect(judge({ ...measurement, observed: 1 }).advice).toBeNull();
    expect(judge({ ...measurement, observed: 30 }).advice).toBe('do it');
  });
});

describe('the sample behind a figure', () => {
  const options = {
    first: { hits: 100 },
    count: (values: { hits: number }) => values.hits,
    minimum: 20,
    windowMs: 1000,
    uptimeSeconds: 60,
  };

  it('is the window when enough happened in it', () => {
    const sample = chooseSample({ ...options, last: { hits: 150 } });
    expect(sample).toMatchObject({
      values: { hits: 50 },
      windowMs: 1000,
      words: 'in the last 1.00 s',
    });
  });

  it('is the time since the start, and says so, when the window is too quiet', () => {
    const sample = chooseSample({ ...options, last: { hits: 101 } });
    expect(sample).toMatchObject({
      values: { hits: 101 },
      windowMs: 60_000,
      words: 'since the server started',
    });
  });

  it('is nothing when there never was traffic: no figure is invented', () => {
    expect(chooseSample({ ...options, first: { hits: 0 }, last: { hits: 3 } })).toBeNull();
  });
});
