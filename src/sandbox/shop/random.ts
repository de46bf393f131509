/** A seeded source of numbers: the same seed and stream give the same sequence on every machine. */
export interface Random {
  /** A fraction from 0 up to but not including 1, with 32 bits of it random. */
  fraction(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** One element. @throws RangeError when the list is empty */
  pick<T>(list: readonly T[]): T;
  /** `bytes` random bytes as lower-case hexadecimal; `bytes` is a multiple of four. */
  hex(bytes: number): string;
}

/**
 * The generator xoshiro128** 1.1 of David Blackman and Sebastiano Vigna (2018, https://prng.di.unimi.it/),
 * its 128 bits of state expanded from the seed by SplitMix32 (a Weyl sequence through MurmurHash3's 32-bit finalizer).
 * Each stream name has a sequence of its own, so that one more draw for products does not change all orders.
 * @param seed a whole number; its low 32 bits count
 */
export function createRandom(seed: number, stream: string): Random {
  const next = createXoshiro128(expandSeed(mix32((seed ^ hashText(stream)) >>> 0)));
  const fraction = (): number => next() / 0x1_0000_0000;
  const between = (low: number, high: number): number =>
    low + Math.floor(fraction() * (high - low + 1));
  return {
    fraction,
    between,
    chance: (probability) => fraction() < probability,
    pick: (list) => {
      const picked = list[between(0, list.length - 1)];
      if (picked === undefined) throw new RangeError('There is nothing to pick from.');
      return picked;
    },
    hex: (bytes) => {
      let text = '';
      for (let i = 0; i < bytes; i += 4) text += next().toString(16).padStart(8, '0');
      return text;
    },
  };
}

/** The same elements in a random order (Fisher and Yates, in Durstenfeld's form of 1964). */
export function shuffled<T>(list: readonly T[], random: Random): T[] {
  const result = [...list];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = random.between(0, last);
    const kept = result[last] as T;
    result[last] = result[other] as T;
    result[other] = kept;
  }
  return result;
}

/**
 * The bare generator: 32-bit numbers from a state of four 32-bit words that are not all zero.
 * `createRandom` is what to use; this is apart so that it can be held against the authors' figures.
 */
export function createXoshiro128(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state;
  return () => {
    const output = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return output;
  };
}

function expandSeed(seed: number): [number, number, number, number] {
  let weyl = seed;
  const next = (): number => {
    weyl = (weyl + 0x9e3779b9) >>> 0;
    return mix32(weyl);
  };
  return [next(), next(), next(), next()];
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** MurmurHash3's 32-bit finalizer (Austin Appleby, public domain): every input bit reaches every output bit. */
function mix32(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
