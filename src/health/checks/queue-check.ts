import type { Config } from '../../config/settings/index.ts';
import type { QueueStats } from '../../queue/store.ts';
import type { Check, Finding } from '../check.ts';
import { skipped, unknown } from '../check.ts';

/** A check on the counts of the queue; without them it is skipped, and queue-reachable says why. */
export function queueCheck(
  id: string,
  judgeStats: (figures: { stats: QueueStats; config: Config; source: string }) => Finding,
): Check {
  return {
    id,
    area: 'queue',
    isRequired: true,
    run: ({ queue, config }) => {
      const source = 'the tables of the queue';
      if (queue.state === 'read') return judgeStats({ stats: queue.stats, config, source });
      if (queue.state === 'no-queue') return skipped(queue.reason, source);
      if (queue.state === 'unreachable') return skipped('the database is not reachable', source);
      return unknown('the queue cannot be read', source, 'See queue-reachable.');
    },
  };
}
