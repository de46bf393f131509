/** A server may not put a job off for longer than this. */
const longestMs = 86_400_000;

/**
 * The pause that a `Retry-After` header asks for (RFC 9110, 10.2.3): seconds, or the moment as an HTTP date.
 * @returns milliseconds up to a day; null for what is neither
 */
export function readRetryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : dateOf(text) - now;
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(0, waitMs), longestMs);
}

/** NaN for what is no HTTP date; Date.parse alone would take "2" and much else. */
function dateOf(text: string): number {
  return /^[A-Za-z]{3,9},? .*\d{2}:\d{2}:\d{2}/.test(text) ? Date.parse(text) : NaN;
}
