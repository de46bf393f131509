import { formatBytes, formatRate } from '../../output/text.ts';
import type { Check } from '../check.ts';
import { skipped } from '../check.ts';
import { judge } from '../judge.ts';

/** Memory of the cache against its limit. */
export const cacheMemory: Check = {
  id: 'cache-memory',
  area: 'cache',
  isRequired: false,
  run: ({ config, counters }) => {
    const source = 'used_memory and maxmemory of INFO';
    if (!counters.cache) return skipped('Redis is not there, or INFO is not allowed', source);
    const { usedMemoryBytes, maxMemoryBytes } = counters.cache.last;
    if (maxMemoryBytes === 0) {
      return {
        ...skipped(`${formatBytes(usedMemoryBytes)} in use; no maxmemory is set`, source),
        status: 'warning',
        observed: usedMemoryBytes,
        unit: 'bytes',
        advice:
          'Set maxmemory and maxmemory-policy allkeys-lru: without a limit Redis grows until the system ends it.',
      };
    }
    const share = usedMemoryBytes / maxMemoryBytes;
    return judge({
      observed: share,
      limits: config.health.thresholds.cacheMemory,
      better: 'lower',
      unit: 'share',
      message: `${formatBytes(usedMemoryBytes)} of ${formatBytes(maxMemoryBytes)} (${formatRate(share)})`,
      source,
      advice: 'See what fills it: scalectl cache inspect',
    });
  },
};
