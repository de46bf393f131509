import type { CacheDriver, Keyspace } from '../../src/cache/driver.ts';
import { ScalectlError } from '../../src/errors.ts';
import type { Context } from '../context.ts';

/** The cache that the configuration or --redis names. */
export async function openDriver(context: Context): Promise<CacheDriver> {
  const config = await context.config();
  const { openCache } = await import('../../src/cache/open.ts');
  return openCache(config, {
    redis: () => context.redis(),
    isRedisAsked: context.globals.redis !== undefined,
  });
}

/** @throws ScalectlError `refused` where keys cannot be listed */
export function keyspaceOf(driver: CacheDriver): Keyspace {
  if (driver.keyspace) return driver.keyspace;
  throw new ScalectlError(
    'refused',
    `the file cache in ${driver.label} keeps only the md5 of its keys; they cannot be listed or matched`,
    {
      hint: 'get, set, delete and inspect work with a whole key; flush --all clears what is no rate limit and no job.',
    },
  );
}
