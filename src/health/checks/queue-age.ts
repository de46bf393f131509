import { formatMs } from '../../output/text.ts';
import { judge } from '../judge.ts';
import { queueCheck } from './queue-check.ts';

/** How long the oldest job is due: tells a worker that never comes even from a short queue. */
export const queueAge = queueCheck('queue-age', ({ stats, config, source }) => {
  const ageMs = stats.oldestPendingAgeMs ?? 0;
  return judge({
    observed: ageMs,
    limits: config.health.thresholds.queueAge,
    better: 'lower',
    unit: 'ms',
    message:
      stats.oldestPendingAgeMs === null
        ? 'no job waits'
        : `the oldest waiting job is due since ${formatMs(ageMs)}`,
    source,
    advice: 'Run a worker: scalectl queue process, or scalectl schedule install',
  });
});
