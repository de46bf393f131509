import type { Cluster, Redis, RedisClient } from '../redis/connect.ts';
import { keysByDatabase, readInfo } from '../redis/info.ts';
import type { Keyspace, KeySample, ScanOptions } from './driver.ts';
import { escapeGlob } from './glob.ts';
import { asking } from './redis-errors.ts';

/** The keys of a Redis database below a prefix, on every node that holds some. */
export class RedisKeyspace implements Keyspace {
  private readonly redis: RedisClient;
  private readonly prefix: Buffer;
  /** Redis before 4.0, still common on Windows, has none. */
  private hasUnlink = true;
  readonly flushDatabase: (() => Promise<void>) | null;

  constructor(redis: RedisClient, prefix: string) {
    this.redis = redis;
    this.prefix = Buffer.from(prefix);
    this.flushDatabase = prefix === '' ? () => this.flushAll() : null;
  }

  async ping(): Promise<void> {
    await this.ask(() => Promise.all(this.redis.masters().map((node) => node.ping())));
  }

  async count(): Promise<number> {
    const nodes = await this.ask(() => Promise.all(this.redis.masters().map(readInfo)));
    return nodes.reduce(
      (sum, info) => sum + (keysByDatabase(info).get(`db${this.redis.database}`) ?? 0),
      0,
    );
  }

  async *scan({ pattern, stepSize, onStep, signal }: ScanOptions): AsyncGenerator<Buffer[]> {
    const match = this.matchOf(pattern);
    for (const node of this.redis.masters()) {
      let cursor = '0';
      do {
        const startedAt = performance.now();
        const [next, keys] = await this.ask(() => scanStep(node, cursor, match, stepSize()));
        await onStep?.(performance.now() - startedAt);
        cursor = next.toString('latin1');
        if (keys.length > 0) yield keys.map((key) => key.subarray(this.prefix.length));
        if (signal?.aborted) return;
      } while (cursor !== '0');
    }
  }

  unlink(keys: readonly Buffer[]): Promise<number> {
    const { client, isCluster } = this.redis;
    const full = keys.map((key) => this.full(key));
    return this.ask(async () => {
      // One command may only name keys of one slot: in a Cluster each goes to its own node by itself.
      if (isCluster) {
        const removed = await Promise.all(full.map((key) => client.unlink(key)));
        return removed.reduce((sum, count) => sum + count, 0);
      }
      return this.remove(client, full);
    });
  }

  private async remove(client: Redis | Cluster, keys: Buffer[]): Promise<number> {
    if (!this.hasUnlink) return client.del(keys);
    try {
      return await client.unlink(keys);
    } catch (error) {
      if (!(error instanceof Error && /unknown command/i.test(error.message))) throw error;
      this.hasUnlink = false;
      return client.del(keys);
    }
  }

  async sample(keys: readonly Buffer[]): Promise<(KeySample | null)[]> {
    const samples: (KeySample | null)[] = [];
    for (let i = 0; i < keys.length; i += sampledAtOnce) {
      const batch = keys.slice(i, i + sampledAtOnce).map((key) => this.sampleOne(this.full(key)));
      samples.push(...(await this.ask(() => Promise.all(batch))));
    }
    return samples;
  }

  private async sampleOne(key: Buffer): Promise<KeySample | null> {
    const { client } = this.redis;
    const [type, ttl, memory] = await Promise.all([
      client.type(key),
      client.pttl(key),
      memoryUsage(client, key),
    ]);
    if (type === 'none') return null;
    return { type, memoryBytes: memory, ttlMs: ttl < 0 ? null : ttl };
  }

  full(key: Buffer): Buffer {
    return this.prefix.length === 0 ? key : Buffer.concat([this.prefix, key]);
  }

  private matchOf(pattern: string | null): string | null {
    if (this.prefix.length === 0) return pattern;
    return `${escapeGlob(this.prefix.toString())}${pattern ?? '*'}`;
  }

  private async flushAll(): Promise<void> {
    await this.ask(() => Promise.all(this.redis.masters().map((node) => node.flushdb('ASYNC'))));
  }

  private ask<T>(work: () => Promise<T>): Promise<T> {
    return asking(this.redis.label, work);
  }
}

const sampledAtOnce = 50;

function scanStep(
  node: Redis,
  cursor: string,
  match: string | null,
  count: number,
): Promise<[Buffer, Buffer[]]> {
  return match === null
    ? node.scanBuffer(cursor, 'COUNT', count)
    : node.scanBuffer(cursor, 'MATCH', match, 'COUNT', count);
}

/** Null where the server is too old for it or the account may not ask. */
export async function memoryUsage(client: Redis | Cluster, key: Buffer): Promise<number | null> {
  try {
    return (await client.memory('USAGE', key)) ?? null;
  } catch (error) {
    if (error instanceof Error && /^(NOPERM|ERR unknown)/.test(error.message)) return null;
    throw error;
  }
}
