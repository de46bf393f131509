import { plural } from '../../output/text.ts';
import { judge } from '../judge.ts';
import { queueCheck } from './queue-check.ts';

/** Jobs that are due and wait for a worker. */
export const queuePending = queueCheck('queue-pending', ({ stats, config, source }) => {
  const isPaused = stats.paused.length > 0;
  return judge({
    observed: stats.pending,
    limits: config.health.thresholds.queuePending,
    better: 'lower',
    unit: 'jobs',
    message: `${plural(stats.pending, 'job')} waiting${isPaused ? ', and the queue is paused' : ''}`,
    source,
    advice: isPaused ? 'Let jobs run: scalectl queue resume' : 'Run them: scalectl queue process',
  });
});
