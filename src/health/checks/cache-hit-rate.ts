import { formatRate } from '../../output/text.ts';
import type { CacheCounters } from '../cache-counters.ts';
import type { Check } from '../check.ts';
import { skipped, unknown } from '../check.ts';
import { judge } from '../judge.ts';
import { chooseSample } from '../sample.ts';

/** Hits as a share of all lookups, as Redis counts them for every client together. */
export const cacheHitRate: Check = {
  id: 'cache-hit-rate',
  area: 'cache',
  isRequired: false,
  run: ({ config, counters, redis }) => {
    const source = 'keyspace_hits and keyspace_misses of INFO';
    if (redis.state !== 'connected') return skipped('Redis is not there', source);
    if (!counters.cache) {
      return unknown('not measurable: the account may not use INFO', source, 'ACL SETUSER … +info');
    }
    const sample = chooseSample({
      first: figures(counters.cache.first),
      last: figures(counters.cache.last),
      count: (values) => values.hits + values.misses,
      minimum: config.health.minimumSamples,
      windowMs: counters.windowMs,
      uptimeSeconds: counters.cache.last.uptimeSeconds,
    });
    if (!sample) return skipped('no traffic: too few lookups to judge', source);
    const rate = sample.values.hits / sample.count;
    return judge({
      observed: rate,
      limits: config.health.thresholds.cacheHitRate,
      better: 'higher',
      unit: 'share',
      message: `hit rate ${formatRate(rate)} ${sample.words}`,
      source,
      sampleSize: sample.count,
      windowMs: sample.windowMs,
      advice: 'See which keys are missing or expire too soon: scalectl cache inspect',
    });
  },
};

function figures({ hits, misses }: CacheCounters): { hits: number; misses: number } {
  return { hits, misses };
}
