import { formatRate } from '../../output/text.ts';
import type { Check } from '../check.ts';
import { skipped } from '../check.ts';
import { judge } from '../judge.ts';

/** Connections in use against max_connections. */
export const connections: Check = {
  id: 'connections',
  area: 'database',
  isRequired: false,
  run: ({ config, counters }) => {
    const source = 'Threads_connected and max_connections';
    if (!counters.database) return skipped('the database is not reachable', source);
    const { last } = counters.database;
    const used = last.status.get('threads_connected') ?? 0;
    const most = Number(last.variables.get('max_connections'));
    const share = used / most;
    return judge({
      observed: share,
      limits: config.health.thresholds.connections,
      better: 'lower',
      unit: 'share',
      message: `${used} of ${most} connections in use (${formatRate(share)})`,
      source,
      advice:
        'Close idle connections in the application sooner, or raise max_connections if memory allows.',
    });
  },
};
