import type { LoadedConfig } from '../config/load.ts';
import { connectDatabase } from '../database/connect.ts';
import type { Database } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import { hasRedis } from '../redis/configured.ts';
import { connectRedis } from '../redis/connect.ts';
import { readInfo } from '../redis/info.ts';

export interface CacheCheck {
  driver: 'redis' | 'file' | 'none';
  /** `127.0.0.1:6379/0`, or the folder. */
  label: string | null;
  /** `Redis 7.0.15`; null for files, and where nothing answered. */
  server: string | null;
  state: 'answers' | 'failed' | 'none';
  /** Where it failed. */
  message: string | null;
  hint: string | null;
}

/**
 * Opens the database and names every value of the platform that is computed in PHP and so may be what is missing.
 * @throws ScalectlError as connectDatabase, `config-missing` when no database is named
 */
export async function openConfigured(
  { values, discovery }: LoadedConfig,
  options: { signal: AbortSignal },
): Promise<Database> {
  try {
    return await connectDatabase(values.database, options);
  } catch (error) {
    if (!(error instanceof ScalectlError)) throw error;
    const unread = (discovery?.unreadable ?? []).filter(({ name }) => name.startsWith('DB_'));
    if (unread.length === 0 && error.code !== 'config-missing') throw error;
    const list = unread.map(({ name, place }) => `${name} (${place})`).join(', ');
    const cannot = list === '' ? '' : `Not readable without running PHP: ${list}. `;
    throw new ScalectlError(error.code, error.message, {
      hint: `${cannot}Give the whole address, --db mysql://user@host:3306/name or SCALECTL_DB_URL${list === '' ? ", or the platform's folder, --platform DIR" : ''}.`,
      cause: error,
    });
  }
}

/**
 * Asks the cache for an answer. A Redis that only the platform or a file names may be away: it is told. One that was
 * named for this run must answer.
 * @throws ScalectlError `cache-unreachable`, `access-denied`
 */
export async function testCache(loaded: LoadedConfig): Promise<CacheCheck> {
  const { values, origins } = loaded;
  const none = { driver: 'none', label: null, server: null, state: 'none' } as const;
  const isSilent = { message: null, hint: null };
  if (values.cache.driver === 'file') return testFolder(loaded);
  if (!hasRedis(values.cache)) return { ...none, ...isSilent };
  try {
    const redis = await connectRedis(values.cache);
    try {
      const [node] = redis.masters();
      const info = node ? await readInfo(node) : new Map<string, string>();
      const version = info.get('valkey_version') ?? info.get('redis_version') ?? '';
      const product = info.has('valkey_version') ? 'Valkey' : 'Redis';
      const server = `${product} ${version}`.trim();
      return { driver: 'redis', label: redis.label, server, state: 'answers', ...isSilent };
    } finally {
      await redis.close();
    }
  } catch (error) {
    if (!(error instanceof ScalectlError)) throw error;
    const isNamed = [...origins].some(
      ([at, { kind }]) => at.startsWith('cache.') && (kind === 'flag' || kind === 'environment'),
    );
    if (isNamed) throw error;
    const { message, hint } = error;
    return { ...none, driver: 'redis', state: 'failed', message, hint };
  }
}

async function testFolder(loaded: LoadedConfig): Promise<CacheCheck> {
  const { openCache } = await import('../cache/open.ts');
  const failed = { driver: 'file', server: null, state: 'failed', label: null } as const;
  try {
    const driver = await openCache(loaded, {
      redis: () => connectRedis(loaded.values.cache),
      isRedisAsked: false,
    });
    const found = { driver: 'file', label: driver.label, server: null } as const;
    return { ...found, state: 'answers', message: null, hint: null };
  } catch (error) {
    if (!(error instanceof ScalectlError)) throw error;
    return { ...failed, message: error.message, hint: error.hint };
  }
}
