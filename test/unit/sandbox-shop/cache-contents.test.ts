import { describe, expect, it } from 'vitest';
import { decodePhp, PhpArray } from '../../../src/cache/php-serialize.ts';
import { fillCache } from '../../../src/sandbox/shop/cache-contents.ts';
import type { CacheContents } from '../../../src/sandbox/shop/cache-contents.ts';

const now = new Date('2026-11-20T10:00:00Z');

interface Stored {
  value: Buffer;
  ttlSeconds: number | null;
}

async function collect(seed: number): Promise<{ keys: Map<string, Stored>; told: CacheContents }> {
  const keys = new Map<string, Stored>();
  const told = await fillCache(
    {
      set: (key, value, ttlSeconds) => {
        keys.set(key, { value, ttlSeconds });
        return Promise.resolve();
      },
    },
    { seed, now, users: 12 },
  );
  return { keys, told };
}

describe('cache contents', () => {
  it('are the keys of the platform, as many as told', async () => {
    const { keys, told } = await collect(1);
    expect(keys.size).toBe(told.keys);
    expect([...keys.values()].filter(({ ttlSeconds }) => ttlSeconds === null)).toHaveLength(
      told.withoutTtl,
    );
    expect(told.withoutTtl).toBeGreaterThan(0);
    for (const name of [
      'products_list',
      'products_page_1',
      'dashboard_1',
      'orders_12',
      'rate_limit_ip_203.0.113.1',
    ]) {
      expect(keys.has(name), name).toBe(true);
    }
    for (const prefix of [
      /^query_[0-9a-f]{32}$/,
      /^job_/,
      /^rate_limit_user_/,
      /^rate_limit_endpoint_/,
    ]) {
      expect(
        [...keys.keys()].some((key) => prefix.test(key)),
        String(prefix),
      ).toBe(true);
    }
  });

  it('are values that PHP can read, within their lifetimes', async () => {
    const { keys } = await collect(1);
    for (const [key, { value, ttlSeconds }] of keys) {
      expect(decodePhp(value), key).toBeInstanceOf(PhpArray);
      if (ttlSeconds !== null) expect(ttlSeconds).toBeGreaterThanOrEqual(30);
      if (key.startsWith('dashboard_')) expect(ttlSeconds).toBeLessThanOrEqual(120);
      if (key.startsWith('orders_')) expect(ttlSeconds).toBeLessThanOrEqual(300);
    }
    const list = decodePhp(keys.get('products_list')?.value ?? Buffer.alloc(0));
    expect((list as PhpArray).entries).toHaveLength(200);
    const counter = decodePhp(keys.get('rate_limit_ip_203.0.113.1')?.value ?? Buffer.alloc(0));
    expect((counter as PhpArray).get('reset_time')).toBe(now.getTime() / 1000 + 60);
  });

  it('are the same for the same seed and others for another', async () => {
    const text = async (seed: number): Promise<string> =>
      JSON.stringify([...(await collect(seed)).keys]);
    const second = await text(2);
    expect((await text(2)) === second).toBe(true);
    expect((await text(3)) === second).toBe(false);
  });
});
