import path from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { loginOf } from '../database/target.ts';
import { ScalectlError } from '../errors.ts';
import type { RedisClient } from '../redis/connect.ts';
import type { CacheDriver } from './driver.ts';

/**
 * The cache that the configuration names. Nothing steps in for a Redis that is away: the platform's values are there.
 * @param options.redis opens the connection, only when it is needed
 * @param options.isRedisAsked a Redis was named for this run: then that is meant, whatever the platform uses
 */
export async function openCache(
  config: LoadedConfig,
  options: { redis: () => Promise<RedisClient>; isRedisAsked: boolean },
): Promise<CacheDriver> {
  const settings = config.values.cache;
  const prefix = settings.prefix ?? '';
  if (settings.driver === 'redis' || options.isRedisAsked) {
    const { createRedisDriver } = await import('./redis-driver.ts');
    return createRedisDriver(await options.redis(), { prefix });
  }
  const folder = settings.dir ?? platformCacheFolder(config);
  if (folder === null) {
    throw new ScalectlError(
      'config-missing',
      'the cache driver is file, but its folder is not set',
      {
        hint: "Set cache.dir to the platform's cache folder (CACHE_DIR).",
      },
    );
  }
  const { openFileDriver } = await import('./file-driver.ts');
  return openFileDriver({ folder, prefix });
}

/**
 * What a person may type to show which cache is meant: the address, and the name of the platform's database, which
 * tells production from staging better than `db0` does.
 */
export function confirmNamesOf(driver: CacheDriver, config: LoadedConfig): string[] {
  const { database } = config.values;
  const isNamed = database.url !== null || database.name !== null;
  const platform = isNamed ? loginOf(database).target.database : '';
  return [...driver.confirmNames, ...(platform === '' ? [] : [platform])];
}

/** The platform keeps it in `cache` unless told. */
function platformCacheFolder({ values, discovery }: LoadedConfig): string | null {
  const platform = discovery?.folder ?? values.platform.dir;
  return platform === null ? null : path.join(platform, 'cache');
}
