import { describe, expect, it } from 'vitest';
import { createRandom, createXoshiro128, shuffled } from '../../../src/sandbox/shop/random.ts';
import { createSampler, longTailWeights } from '../../../src/sandbox/shop/skew.ts';

describe('the seeded generator', () => {
  it('gives the same sequence for the same seed and stream, and another one else', () => {
    const draw = (seed: number, stream: string): number[] => {
      const random = createRandom(seed, stream);
      return Array.from({ length: 8 }, () => random.fraction());
    };
    expect(draw(7, 'orders')).toEqual(draw(7, 'orders'));
    expect(draw(7, 'orders')).not.toEqual(draw(8, 'orders'));
    expect(draw(7, 'orders')).not.toEqual(draw(7, 'people'));
  });

  it('is xoshiro128**: from the state 1, 2, 3, 4 come the figures of the reference program', () => {
    const next = createXoshiro128([1, 2, 3, 4]);
    expect(Array.from({ length: 6 }, next)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492,
    ]);
  });

  it('gives the same sequence on every machine', () => {
    const random = createRandom(42, 'orders');
    expect([random.hex(8), random.between(1, 1000), random.between(1, 1000)])
      .toMatchInlineSnapshot(`
      [
        "a0615dc92df00b11",
        106,
        889,
      ]
    `);
  });

  it('spreads evenly and stays within its bounds', () => {
    const random = createRandom(1, 'even');
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i += 1) {
      const value = random.between(0, 9);
      counts[value] = (counts[value] ?? Number.NaN) + 1;
    }
    // Five standard deviations of a fair draw: 5 * sqrt(100000 * 0.1 * 0.9).
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(475);
  });

  it('refuses to pick from nothing', () => {
    expect(() => createRandom(1, 'x').pick([])).toThrow(RangeError);
  });

  it('shuffles without losing or doubling anything', () => {
    const list = Array.from({ length: 100 }, (_, index) => index);
    const mixed = shuffled(list, createRandom(3, 'shuffle'));
    expect(mixed).not.toEqual(list);
    expect(mixed.toSorted((a, b) => a - b)).toEqual(list);
  });
});

describe('the weighted sampler', () => {
  it('draws each index as often as its weight says', () => {
    const weights = [5, 0, 1, 3, 1];
    const draw = createSampler(weights);
    const random = createRandom(9, 'weights');
    const counts = weights.map(() => 0);
    for (let i = 0; i < 100_000; i += 1) {
      const index = draw(random);
      counts[index] = (counts[index] ?? Number.NaN) + 1;
    }
    weights.forEach((weight, index) => {
      const expected = weight * 10_000;
      expect(Math.abs((counts[index] ?? 0) - expected)).toBeLessThanOrEqual(
        800 * Math.sign(weight),
      );
    });
  });

  it('gives a single weight every time', () => {
    expect(createSampler([0.3])(createRandom(1, 'one'))).toBe(0);
  });

  it('has weights that fall with the rank, as the law says', () => {
    expect(longTailWeights(3, 1, 0)).toEqual([1, 1 / 2, 1 / 3]);
    expect(longTailWeights(2, 2, 1)).toEqual([1 / 4, 1 / 9]);
  });
});
