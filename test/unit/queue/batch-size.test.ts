import { describe, expect, it } from 'vitest';
import { holdSize, mostHeld, nextMean } from '../../../src/queue/worker/batch-size.ts';

describe('how many jobs a worker holds', () => {
  it('is one for each place while nothing is known of their length', () => {
    expect(holdSize(4, null, 0)).toBe(4);
    expect(holdSize(1, null, 500)).toBe(1);
  });

  it('is what it can run in a fifth of a second', () => {
    expect(holdSize(4, 10, 500)).toBe(80);
    expect(holdSize(4, 100, 500)).toBe(8);
  });

  it('is one for each place when jobs are long, and never fewer', () => {
    expect(holdSize(4, 200, 500)).toBe(4);
    expect(holdSize(4, 60_000, 500)).toBe(4);
    expect(holdSize(1000, 60_000, 0)).toBe(1000);
  });

  it('grows by four at a time up to its limit when jobs are short', () => {
    const sizes: number[] = [];
    let before = 0;
    for (let i = 0; i < 5; i += 1) sizes.push((before = holdSize(4, 0, before)));
    expect(sizes).toEqual([16, 64, 256, mostHeld, mostHeld]);
  });
});

describe('the mean of run times', () => {
  it('begins with the first one', () => {
    expect(nextMean(null, 40)).toBe(40);
  });

  it('follows the latest ones', () => {
    let mean: number | null = 1000;
    for (let i = 0; i < 30; i += 1) mean = nextMean(mean, 10);
    expect(mean).toBeLessThan(15);
    expect(mean).toBeGreaterThanOrEqual(10);
  });
});
