import { formatNumber } from '../../output/text.ts';
import type { Check } from '../check.ts';
import { skipped, unknown } from '../check.ts';

/** The queue's tables can be read. */
export const queueReachable: Check = {
  id: 'queue-reachable',
  area: 'queue',
  isRequired: true,
  run: ({ queue }) => {
    const source = 'the tables of the queue';
    switch (queue.state) {
      case 'no-queue':
        return skipped(queue.reason, source);
      case 'unreachable':
        return {
          ...skipped(queue.error.message, source),
          status: 'critical',
          advice: queue.error.hint,
        };
      case 'failed':
        return unknown(
          `the queue cannot be read: ${queue.error.message}`,
          source,
          queue.error.hint ?? 'Run scalectl doctor.',
        );
      case 'read':
        return {
          ...skipped(`${formatNumber(queue.stats.total)} jobs on record`, source),
          status: 'ok',
          observed: queue.stats.total,
          unit: 'jobs',
        };
    }
  },
};
