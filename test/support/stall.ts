import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import type { TestDatabase } from './database.ts';

export interface Stalls {
  readonly writes: number;
  readonly longestMs: number;
}

/** An application that inserts into a table without a break, each row a transaction, until `work` has ended. */
export async function writeWhile<T>(
  test: TestDatabase,
  insert: string,
  work: () => Promise<T>,
): Promise<Stalls & { result: T }> {
  const writer = await mysql.createConnection({ uri: test.url });
  try {
    let hasEnded = false;
    const running = work().finally(() => (hasEnded = true));
    let [writes, longestMs] = [0, 0];
    while (!hasEnded) {
      const startedAt = performance.now();
      await writer.query(insert);
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      writes += 1;
      await sleep(2);
    }
    return { writes, longestMs, result: await running };
  } finally {
    await writer.end();
  }
}
