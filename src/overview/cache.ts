import { openCache } from '../cache/open.ts';
import type { LoadedConfig } from '../config/load.ts';
import { hasRedis } from '../redis/configured.ts';
import { connectRedis } from '../redis/connect.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { Found } from './deadline.ts';

export interface CacheFound {
  driver: 'redis' | 'file';
  label: string;
  keys: number;
  memoryBytes: number;
}

export async function lookAtCache(
  loaded: LoadedConfig,
  cutOff: AbortSignal,
): Promise<Found<CacheFound>> {
  const { cache } = loaded.values;
  if (cache.driver !== 'file' && !hasRedis(cache)) {
    return { state: 'none', reason: 'no Redis and no cache folder is configured' };
  }
  const opened: RedisClient[] = [];
  const driver = await openCache(loaded, {
    redis: async () => {
      const client = await connectRedis(cache, { cutOff });
      opened.push(client);
      return client;
    },
    isRedisAsked: false,
  });
  const { keys, memoryBytes } = await driver.counters();
  await Promise.all(opened.map((client) => client.close()));
  return { state: 'found', driver: driver.name, label: driver.label, keys, memoryBytes };
}
