import { formatDuration } from '../../../config/quantity.ts';
import type { CacheDriver } from '../../../cache/driver.ts';
import { flush } from '../../../cache/flush.ts';
import { matchesEverything } from '../../../cache/glob.ts';
import { protectFrom } from '../../../cache/protect.ts';
import { failed, failedForGood } from '../attempt.ts';
import type { Handler } from '../handler.ts';

export interface CacheCleanupOptions {
  /** Opened by the first job; whoever gives it closes it. */
  openCache: () => Promise<CacheDriver>;
  /** The setting `cache.protect`. */
  protect: readonly string[];
  /** The setting `cache.maxLatency`. */
  maxLatencyMs: number;
  timeoutMs: number;
}

const mostPatterns = 50;

/**
 * The built-in handler `cleanup_cache`: deletes the keys that `data.pattern`, one or a list, matches. Unlike a person
 * with `cache flush`, a job gets at nothing that `cache.protect` names, and never at everything.
 */
export function createCacheCleanupHandler(options: CacheCleanupOptions): Handler {
  const { openCache, protect, maxLatencyMs, timeoutMs } = options;
  // Nothing is taken out of the protection: whoever may add a job may not end sessions.
  const protection = protectFrom(protect, null);
  return {
    run: async (job, signal) => {
      const patterns = readPatterns(JSON.parse(job.data));
      if (typeof patterns === 'string') return failedForGood('error', patterns, null);
      const driver = await openCache();
      const { keyspace } = driver;
      if (!keyspace) {
        const why = `the file cache in ${driver.label} keeps only the md5 of its keys; no pattern can be matched`;
        return failedForGood('error', why, null);
      }
      const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      let deleted = 0;
      let kept = 0;
      for (const pattern of patterns) {
        const done = await flush(keyspace, { pattern, protection, maxLatencyMs, signal: stop });
        deleted += done.deleted;
        kept += done.kept.reduce((sum, { keys }) => sum + keys, 0);
        if (signal.aborted) return { kind: 'aborted' };
        if (stop.aborted) {
          const limit = formatDuration(timeoutMs);
          return failed('timeout', `${deleted} keys were deleted within ${limit}`, null);
        }
      }
      return { kind: 'done', result: JSON.stringify({ deleted, kept }) };
    },
  };
}

/** @returns why there is nothing to delete, in one sentence */
function readPatterns(data: unknown): string[] | string {
  const { pattern } = (typeof data === 'object' && data !== null ? data : {}) as {
    pattern?: unknown;
  };
  const patterns: unknown[] = Array.isArray(pattern) ? pattern : [pattern];
  if (!patterns.every((each) => typeof each === 'string' && each !== '') || patterns.length === 0) {
    return 'data.pattern is no pattern of keys, such as products_*';
  }
  const texts = patterns as string[];
  if (texts.length > mostPatterns) return `data.pattern has more than ${mostPatterns} patterns`;
  const everything = texts.find(matchesEverything);
  return everything === undefined ? texts : `the pattern ${everything} matches everything`;
}
