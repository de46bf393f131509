import { ScalectlError } from '../errors.ts';
import type { RedisClient } from '../redis/connect.ts';
import { keysByDatabase, readInfo } from '../redis/info.ts';
import type { CacheCounters, CacheDriver, KeyDescription, Page, StoredValue } from './driver.ts';
import { asking } from './redis-errors.ts';
import { memoryUsage, RedisKeyspace } from './redis-keyspace.ts';
import { readMembers } from './redis-members.ts';
import { tooLong } from './too-long.ts';
import { decodeBeginning, decodeValue } from './value-format.ts';

/**
 * The platform's cache on Redis or Valkey, one node or a Cluster. The connection stays the caller's to close.
 * @param options.prefix stands before every key of the platform; the empty string for none
 */
export function createRedisDriver(redis: RedisClient, options: { prefix: string }): CacheDriver {
  return new RedisDriver(redis, options.prefix);
}

class RedisDriver implements CacheDriver {
  readonly name = 'redis';
  readonly label: string;
  readonly confirmNames: readonly string[];
  readonly keyspace: RedisKeyspace;
  readonly folder = null;
  private readonly redis: RedisClient;

  constructor(redis: RedisClient, prefix: string) {
    this.redis = redis;
    this.label = redis.label;
    this.confirmNames = [redis.label, `db${redis.database}`, String(redis.database)];
    this.keyspace = new RedisKeyspace(redis, prefix);
  }

  async counters(): Promise<CacheCounters> {
    const nodes = await this.ask(() => Promise.all(this.redis.masters().map(readInfo)));
    const sum = (name: string): number =>
      nodes.reduce((total, info) => total + Number(info.get(name) ?? 0), 0);
    const uptimes = nodes.map((info) => Number(info.get('uptime_in_seconds') ?? 0));
    return {
      keys: nodes.reduce(
        (total, info) => total + (keysByDatabase(info).get(`db${this.redis.database}`) ?? 0),
        0,
      ),
      memoryBytes: sum('used_memory'),
      hits: sum('keyspace_hits'),
      misses: sum('keyspace_misses'),
      evictedKeys: sum('evicted_keys'),
      expiredKeys: sum('expired_keys'),
      uptimeMs: Math.min(...uptimes) * 1000,
    };
  }

  async describe(key: string, page: Page): Promise<KeyDescription | null> {
    const { client } = this.redis;
    const full = this.full(key);
    return this.ask(async () => {
      // First what reading the value would change: it sets the idle time back.
      const idleMs = await client.object('IDLETIME', full).then(secondsToMs, nullUnlessLost);
      const [type, ttl, sizeBytes, serverEncoding] = await Promise.all([
        client.type(full),
        client.pttl(full),
        memoryUsage(client, full),
        client.object('ENCODING', full).then(textOrNull, nullUnlessLost),
      ]);
      if (type === 'none') return null;
      const content =
        type === 'string'
          ? await this.readString(full, page)
          : await this.readCollection(full, type, page, sizeBytes);
      if (content === null) return null;
      const ttlMs = ttl < 0 ? null : ttl;
      return { key, type, ttlMs, sizeBytes, serverEncoding, idleMs, ...content };
    });
  }

  private async readString(key: Buffer, page: Page): Promise<Content | null> {
    const { client } = this.redis;
    const lengthBytes = await client.strlen(key);
    const isPartial = lengthBytes > page.maxBytes;
    const bytes = isPartial
      ? await client.getrangeBuffer(key, 0, page.maxBytes - 1)
      : await client.getBuffer(key);
    if (bytes === null) return null;
    const decoded = isPartial ? decodeBeginning(bytes) : decodeValue(bytes);
    return { ...decoded, lengthBytes, members: null, isPartial };
  }

  private async readCollection(
    key: Buffer,
    type: string,
    page: Page,
    sizeBytes: number | null,
  ): Promise<Content> {
    const read = await readMembers(this.redis.client, key, type, page, sizeBytes);
    if (read) return { ...read, lengthBytes: null };
    return { value: null, encoding: 'binary', members: null, lengthBytes: null, isPartial: true };
  }

  async read(key: string, maxBytes: number): Promise<StoredValue | null> {
    const { client } = this.redis;
    const full = this.full(key);
    return this.ask(async () => {
      const type = await client.type(full);
      if (type === 'none') return null;
      if (type !== 'string') throw noPlainValue(type);
      const length = await client.strlen(full);
      if (length > maxBytes) throw tooLong(length, maxBytes);
      const [bytes, ttl] = await Promise.all([client.getBuffer(full), client.pttl(full)]);
      return bytes && { bytes, ttlMs: ttl < 0 ? null : ttl };
    });
  }

  async write(key: string, bytes: Buffer, ttlMs: number | null): Promise<void> {
    const { client } = this.redis;
    const full = this.full(key);
    await this.ask(() =>
      ttlMs === null ? client.set(full, bytes) : client.set(full, bytes, 'PX', ttlMs),
    );
  }

  async delete(keys: readonly string[]): Promise<string[]> {
    const removed = await Promise.all(keys.map((key) => this.keyspace.unlink([Buffer.from(key)])));
    return keys.filter((_, i) => removed[i] === 1);
  }

  async present(keys: readonly string[]): Promise<string[]> {
    const types = await this.ask(() =>
      Promise.all(keys.map((key) => this.redis.client.type(this.full(key)))),
    );
    return keys.filter((_, i) => types[i] !== 'none');
  }

  private full(key: string): Buffer {
    return this.keyspace.full(Buffer.from(key));
  }

  private ask<T>(work: () => Promise<T>): Promise<T> {
    return asking(this.label, work);
  }
}

type Content = Pick<KeyDescription, 'value' | 'encoding' | 'lengthBytes' | 'members' | 'isPartial'>;

function noPlainValue(type: string): ScalectlError {
  return new ScalectlError('input-invalid', `the key holds a ${type}, not a single value`, {
    hint: 'scalectl cache inspect KEY shows its members.',
  });
}

function secondsToMs(seconds: unknown): number | null {
  return typeof seconds === 'number' ? seconds * 1000 : null;
}

function textOrNull(answer: unknown): string | null {
  return typeof answer === 'string' ? answer : null;
}

/** The server has no answer (another eviction policy, no right to ask): that is no failure of the description. */
function nullUnlessLost(error: unknown): null {
  if (error instanceof Error && error.name === 'ReplyError') return null;
  throw error;
}
