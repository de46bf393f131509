import { formatMs } from '../../output/text.ts';
import type { Check } from '../check.ts';
import { skipped, unknown } from '../check.ts';
import { judge } from '../judge.ts';
import { chooseSample } from '../sample.ts';

/** Mean time of the platform's statements, from the statement digests. */
export const meanQueryTime: Check = {
  id: 'mean-query-time',
  area: 'database',
  isRequired: false,
  run: ({ config, counters }) => {
    const source = 'performance_schema statement digests';
    if (!counters.database) return skipped('the database is not reachable', source);
    const { first, last } = counters.database;
    for (const { statements } of [first, last]) {
      if ('reason' in statements)
        return unknown(`not measurable: ${statements.reason}`, source, statements.advice);
    }
    const sample = chooseSample({
      first: first.statements as { count: number; totalMs: number },
      last: last.statements as { count: number; totalMs: number },
      count: (values) => values.count,
      minimum: config.health.minimumSamples,
      windowMs: counters.windowMs,
      uptimeSeconds: last.status.get('uptime') ?? 0,
    });
    if (!sample) return skipped('no traffic: too few statements to judge', source);
    const meanMs = sample.values.totalMs / sample.count;
    return judge({
      observed: meanMs,
      limits: config.health.thresholds.meanQueryTime,
      better: 'lower',
      unit: 'ms',
      message: `mean statement ${formatMs(meanMs)} ${sample.words}`,
      source,
      sampleSize: sample.count,
      windowMs: sample.windowMs,
      advice: 'scalectl optimize-db plan',
    });
  },
};
