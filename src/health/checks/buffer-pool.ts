import { formatBytes, formatRate } from '../../output/text.ts';
import type { Check } from '../check.ts';
import { skipped } from '../check.ts';
import type { DatabaseCounters } from '../database-counters.ts';
import { judge } from '../judge.ts';
import { chooseSample } from '../sample.ts';

/** A page read is rare enough that a handful says nothing. */
const fewestReads = 1000;

/** Share of InnoDB page reads that were served from memory. */
export const bufferPool: Check = {
  id: 'buffer-pool-hit-rate',
  area: 'database',
  isRequired: false,
  run: ({ config, counters }) => {
    const source = 'Innodb_buffer_pool_reads of SHOW GLOBAL STATUS';
    if (!counters.database) return skipped('the database is not reachable', source);
    const { first, last } = counters.database;
    const sample = chooseSample({
      first: figures(first),
      last: figures(last),
      count: (values) => values.requests,
      minimum: fewestReads,
      windowMs: counters.windowMs,
      uptimeSeconds: last.status.get('uptime') ?? 0,
    });
    if (!sample) return skipped('no traffic: too few reads to judge', source);
    const rate = 1 - sample.values.fromDisk / sample.count;
    const sizeBytes = Number(last.variables.get('innodb_buffer_pool_size'));
    return judge({
      observed: rate,
      limits: config.health.thresholds.bufferPoolHitRate,
      better: 'higher',
      unit: 'share',
      message: `${formatRate(rate)} of page reads from the ${formatBytes(sizeBytes)} buffer pool ${sample.words}`,
      source,
      sampleSize: sample.count,
      windowMs: sample.windowMs,
      advice: 'Raise innodb_buffer_pool_size while memory is free.',
    });
  },
};

function figures({ status }: DatabaseCounters): { fromDisk: number; requests: number } {
  return {
    fromDisk: status.get('innodb_buffer_pool_reads') ?? 0,
    requests: status.get('innodb_buffer_pool_read_requests') ?? 0,
  };
}
