import { formatMs } from '../output/text.ts';

/** Counters of a stretch of time. */
export interface Sample<Name extends string> {
  values: Record<Name, number>;
  count: number;
  windowMs: number;
  /** `in the last 1.00 s` or `since the server started`: said with every figure. */
  words: string;
}

/**
 * The counters of the window when enough happened in it, else those since the server's start, else null.
 * A figure since the start hides what is going wrong now, so it is only the second choice and says what it is.
 */
export function chooseSample<Name extends string>(options: {
  first: Record<Name, number>;
  last: Record<Name, number>;
  count: (values: Record<Name, number>) => number;
  minimum: number;
  windowMs: number;
  uptimeSeconds: number;
}): Sample<Name> | null {
  const { first, last } = options;
  const delta = Object.fromEntries(
    Object.entries<number>(last).map(([name, value]) => [name, value - first[name as Name]]),
  ) as Record<Name, number>;
  const candidates = [
    {
      values: delta,
      windowMs: options.windowMs,
      words: `in the last ${formatMs(options.windowMs)}`,
    },
    { values: last, windowMs: options.uptimeSeconds * 1000, words: 'since the server started' },
  ];
  for (const candidate of candidates) {
    const count = options.count(candidate.values);
    if (count >= options.minimum) return { ...candidate, count };
  }
  return null;
}
