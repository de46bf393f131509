import { Socket } from 'node:net';
import process from 'node:process';

import { afterAll, inject } from 'vitest';

import { runCleanups } from './cleanups.ts';
import './provided.ts';

// Registered before the test file's own hooks, so it runs after them.
afterAll(async () => {
  await runCleanups();
  await failOnOpenHandles();
});

/** What ends by itself gets this long before it counts as left open. */
const graceMs = 2000;

/** vitest ends the process of a test file, and with it everything that the file forgot to close: look before. */
async function failOnOpenHandles(): Promise<void> {
  const ports = [inject('mariadbUrl'), inject('redisUrl')]
    .filter((url) => url !== null)
    .map((url) => Number(new URL(url).port));
  const deadline = Date.now() + graceMs;
  for (;;) {
    const left = openHandles(ports);
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`This test file left open: ${left.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function openHandles(ports: readonly number[]): string[] {
  const { _getActiveHandles: activeHandles } = process as unknown as {
    _getActiveHandles(this: void): object[];
  };
  return activeHandles().flatMap((handle) => {
    if (handle instanceof Socket && ports.includes(handle.remotePort ?? -1)) {
      return [`a connection to port ${handle.remotePort ?? ''}`];
    }
    const child = handle as { pid?: unknown; spawnfile?: unknown; spawnargs?: string[] };
    if (typeof child.pid === 'number' && typeof child.spawnfile === 'string') {
      return [`process ${child.pid} (${child.spawnargs?.join(' ') ?? child.spawnfile})`];
    }
    return [];
  });
}
