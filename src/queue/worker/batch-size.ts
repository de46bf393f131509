/** A worker holds about as many jobs as it can run in this time: a fresh urgent job waits no longer for its turn. */
const targetMs = 200;

/** Beyond this a larger batch gains little, and its statements grow past what small servers accept. */
export const mostHeld = 500;

/** Each exchange may hold at most so many times more than the one before: the first jobs may not be like the rest. */
const growth = 4;

/**
 * How many jobs a worker holds, running ones included.
 * @param meanMs of the latest run times; null before the first
 * @param before the last answer, 0 at the start
 */
export function holdSize(concurrency: number, meanMs: number | null, before: number): number {
  if (meanMs === null) return concurrency;
  const wanted = Math.ceil((concurrency * targetMs) / Math.max(meanMs, 0.01));
  const allowed = Math.max(concurrency, before) * growth;
  return Math.max(concurrency, Math.min(wanted, allowed, mostHeld));
}

/** The mean of run times in which the latest ones weigh most (an exponential moving average). */
export function nextMean(meanMs: number | null, runMs: number): number {
  return meanMs === null ? runMs : meanMs + 0.2 * (runMs - meanMs);
}
