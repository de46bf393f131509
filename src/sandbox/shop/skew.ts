import type { Random } from './random.ts';

/** Draws an index, each as often as its weight says. */
export type Sampler = (random: Random) => number;

/**
 * Weights of a long tail by rank, the Zipf–Mandelbrot law: 1 / (rank + offset) ** exponent, rank from 1.
 * The offset flattens the head: with 0 the first of 20,000 buyers would place every tenth order.
 */
export function longTailWeights(count: number, exponent: number, offset: number): number[] {
  return Array.from({ length: count }, (_, index) => (index + 1 + offset) ** -exponent);
}

/**
 * Draws in constant time whatever the number of weights: Walker's alias method (1977) with Vose's set-up (1991).
 * @param weights at least one, none negative, at least one positive
 */
export function createSampler(weights: readonly number[]): Sampler {
  const count = weights.length;
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / count;
  const share = Float64Array.from(weights, (weight) => weight / mean);
  const alias = Int32Array.from(weights, (_, index) => index);
  const poor: number[] = [];
  const rich: number[] = [];
  share.forEach((value, index) => (value < 1 ? poor : rich).push(index));
  while (poor.length > 0 && rich.length > 0) {
    const taker = poor.pop() ?? 0;
    const giver = rich[rich.length - 1] ?? 0;
    alias[taker] = giver;
    share[giver] = (share[giver] ?? 0) - (1 - (share[taker] ?? 0));
    if ((share[giver] ?? 0) < 1) {
      rich.pop();
      poor.push(giver);
    }
  }
  // What is left would hold exactly 1 but for rounding; -1 would let a weight of zero be drawn.
  for (const index of rich) share[index] = 1;
  return (random) => {
    const scaled = random.fraction() * count;
    const index = Math.floor(scaled);
    return scaled - index < (share[index] ?? 0) ? index : (alias[index] ?? index);
  };
}
