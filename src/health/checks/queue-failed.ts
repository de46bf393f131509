import { plural } from '../../output/text.ts';
import { judge } from '../judge.ts';
import { queueCheck } from './queue-check.ts';

/** Dead letters: jobs that failed for good and wait for somebody to decide. */
export const queueFailed = queueCheck('queue-failed', ({ stats, config, source }) =>
  judge({
    observed: stats.failed,
    limits: config.health.thresholds.queueFailed,
    better: 'lower',
    unit: 'jobs',
    message: plural(stats.failed, 'dead letter'),
    source,
    advice: 'See why: scalectl queue list --status failed',
  }),
);
