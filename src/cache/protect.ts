import { compileGlob, literalPrefix } from './glob.ts';
import type { Matcher } from './glob.ts';

/** Keys that a flush leaves alone: sessions, jobs and rate limits are no cache, although they stand in it. */
export interface Protection {
  /** The pattern that protects a key, null when it may go. */
  patternOf(key: Buffer): string | null;
  /** Those that count here. */
  readonly patterns: readonly string[];
}

/**
 * @param patterns the setting `cache.protect`
 * @param asked the pattern to flush: what it names is not protected. `rate_limit_ip_*` names `rate_limit_*`;
 *   `r*` and `*limit*` do not.
 */
export function protectFrom(patterns: readonly string[], asked: string | null): Protection {
  const counting = patterns.filter((pattern) => asked === null || !isNamed(pattern, asked));
  const matchers = counting.map((pattern): [string, Matcher] => [pattern, compileGlob(pattern)]);
  return {
    patterns: counting,
    patternOf: (key) => matchers.find(([, isMatch]) => isMatch(key))?.[0] ?? null,
  };
}

function isNamed(pattern: string, asked: string): boolean {
  if (pattern === asked) return true;
  const name = literalPrefix(pattern);
  return name !== '' && literalPrefix(asked).startsWith(name);
}
