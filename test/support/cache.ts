import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/settings/index.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import type { RedisClient } from '../../src/redis/connect.ts';
import { atEndOfFile } from './cleanups.ts';

/** The settings of the cache with some of them given, as text, by path: `{'cache.url': …}`. */
export async function cacheSettings(flags: Record<string, string>): Promise<Config['cache']> {
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: { SCALECTL_CONFIG: '' },
    flags,
    discover: false,
  });
  return values.cache;
}

/** A connection of the code under test, closed at the end of the test file. */
export async function openRedis(flags: Record<string, string>): Promise<RedisClient> {
  const redis = await connectRedis(await cacheSettings(flags));
  atEndOfFile(() => redis.close());
  return redis;
}
