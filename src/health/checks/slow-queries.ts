import { formatRate } from '../../output/text.ts';
import type { Check } from '../check.ts';
import { skipped } from '../check.ts';
import type { DatabaseCounters } from '../database-counters.ts';
import { judge } from '../judge.ts';
import { chooseSample } from '../sample.ts';

/** Share of statements that took longer than the server's long_query_time. */
export const slowQueries: Check = {
  id: 'slow-queries',
  area: 'database',
  isRequired: false,
  run: ({ config, counters }) => {
    const source = 'Slow_queries and Questions of SHOW GLOBAL STATUS';
    if (!counters.database) return skipped('the database is not reachable', source);
    const { first, last } = counters.database;
    const sample = chooseSample({
      first: figures(first),
      last: figures(last),
      count: (values) => values.questions,
      minimum: config.health.minimumSamples,
      windowMs: counters.windowMs,
      uptimeSeconds: last.status.get('uptime') ?? 0,
    });
    if (!sample) return skipped('no traffic: too few statements to judge', source);
    const share = sample.values.slow / sample.count;
    const limitSeconds = Number(last.variables.get('long_query_time'));
    return judge({
      observed: share,
      limits: config.health.thresholds.slowQueryShare,
      better: 'lower',
      unit: 'share',
      message: `${formatRate(share)} of statements slower than ${limitSeconds} s ${sample.words}`,
      source,
      sampleSize: sample.count,
      windowMs: sample.windowMs,
      advice: 'scalectl optimize-db plan',
    });
  },
};

function figures({ status }: DatabaseCounters): { slow: number; questions: number } {
  return { slow: status.get('slow_queries') ?? 0, questions: status.get('questions') ?? 0 };
}
