import type { Check } from '../check.ts';
import { skipped } from '../check.ts';

/** A connection to Redis and its PING. */
export const cacheReachable: Check = {
  id: 'cache-reachable',
  area: 'cache',
  isRequired: true,
  run: ({ redis }) => {
    const source = 'connect and PING';
    if (redis.state === 'not-configured') return skipped('no Redis is configured', source);
    if (redis.state === 'failed') {
      return {
        ...skipped(redis.error.message, source),
        status: 'critical',
        advice: redis.error.hint,
      };
    }
    return {
      ...skipped(`Redis answers at ${redis.connection.label}`, source),
      status: 'ok',
      observed: Math.round(redis.connectMs),
      unit: 'ms',
    };
  },
};
