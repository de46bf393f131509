import type { Session } from '../../database/types.ts';
import type { RedisClient } from '../../redis/connect.ts';
import { createRandom } from '../shop/random.ts';
import { readWorkload } from '../shop/workload.ts';

/** The time of one statement of the shop's pages. */
export interface PageTime {
  statement: string;
  /** Median of the repetitions, seen from here. */
  medianMs: number;
}

/**
 * Asks what the shop's pages ask, each statement `times` over, and times it. This is also the workload that the
 * server's statement digests hold afterwards: untagged and without a time limit, as the platform would ask.
 */
export async function timePages(
  session: Session,
  times: number,
  signal: AbortSignal,
): Promise<PageTime[]> {
  const pages: PageTime[] = [];
  for (const statement of await readWorkload()) {
    const durations: number[] = [];
    for (let round = 0; round < times; round += 1) {
      signal.throwIfAborted();
      const startedAt = performance.now();
      await session.read(statement, [], { timeoutMs: 0, signal });
      durations.push(performance.now() - startedAt);
    }
    durations.sort((a, b) => a - b);
    pages.push({ statement, medianMs: durations[Math.floor(durations.length / 2)] ?? 0 });
  }
  return pages;
}

/** Reads the cache as the pages of 80 retailers would; what of 20 of them is not there, nor are a few pages. */
export async function visitCache(
  redis: RedisClient,
  options: { seed: number; reads: number; signal: AbortSignal },
): Promise<void> {
  const random = createRandom(options.seed, 'visits');
  for (let read = 0; read < options.reads; read += 1) {
    options.signal.throwIfAborted();
    const user = random.between(1, 80);
    const key = random.pick([
      'products_list',
      `products_page_${random.between(1, 12)}`,
      `dashboard_${user}`,
      `orders_${user}`,
    ]);
    await redis.client.get(key);
  }
}
