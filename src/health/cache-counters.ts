import type { RedisClient } from '../redis/connect.ts';

export interface CacheCounters {
  hits: number;
  misses: number;
  usedMemoryBytes: number;
  /** 0 when no limit is set. */
  maxMemoryBytes: number;
  evictedKeys: number;
  uptimeSeconds: number;
  role: string;
}

/** The sum over all nodes that hold keys; null when the ACL forbids INFO. */
export async function readCacheCounters(redis: RedisClient): Promise<CacheCounters | null> {
  try {
    const nodes = await Promise.all(
      redis.masters().map(async (node) => parseInfo(await node.info())),
    );
    const sum = (name: string): number =>
      nodes.reduce((total, info) => total + Number(info.get(name) ?? 0), 0);
    return {
      hits: sum('keyspace_hits'),
      misses: sum('keyspace_misses'),
      usedMemoryBytes: sum('used_memory'),
      maxMemoryBytes: sum('maxmemory'),
      evictedKeys: sum('evicted_keys'),
      uptimeSeconds: Math.min(...nodes.map((info) => Number(info.get('uptime_in_seconds') ?? 0))),
      role: nodes[0]?.get('role') ?? 'unknown',
    };
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('NOPERM')) return null;
    throw error;
  }
}

/** `name:value` lines; headings start with #. */
function parseInfo(text: string): Map<string, string> {
  return new Map(
    text
      .split(/\r?\n/)
      .filter((line) => line.includes(':') && !line.startsWith('#'))
      .map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1)];
      }),
  );
}
