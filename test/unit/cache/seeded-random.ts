/** The same numbers for the same seed: xorshift32 (Marsaglia, "Xorshift RNGs", 2003). */
export function seededRandom(seed: number): { below: (limit: number) => number } {
  let state = seed >>> 0 || 1;
  return {
    below: (limit) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      state >>>= 0;
      return Math.floor((state / 2 ** 32) * limit);
    },
  };
}
