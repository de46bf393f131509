import { availableParallelism } from 'node:os';
import path from 'node:path';
import process from 'node:process';

import { defineConfig } from 'vitest/config';

/** Where .ci/run collects the counts of each run. */
export function reporters(name: string): (string | [string, { outputFile: string }])[] {
  const folder = process.env['TEST_REPORT_FOLDER'];
  return folder
    ? ['default', ['json', { outputFile: path.join(folder, `${name}.json`) }]]
    : ['default'];
}

/** What every project shares. Each test file runs in a process of its own, but for unit tests. */
export const shared = {
  globalSetup: ['test/support/global-setup.ts'],
  setupFiles: ['test/support/each-file.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
  pool: 'forks' as const,
};

export default defineConfig({
  test: {
    reporters: reporters('fast'),
    // Files mostly wait for servers, children and clocks: one worker less than cores, the default, leaves cores idle.
    maxWorkers: Math.max(3, availableParallelism()),
    // Ending servers and looking for what was left takes longer than the default of 10 s on a busy machine.
    teardownTimeout: 60_000,
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/*.test.ts'],
          // A thread starts in half the time of a process, and there are many small files.
          pool: 'threads',
        },
      },
      { test: { ...shared, name: 'integration', include: ['test/integration/**/*.test.ts'] } },
      { test: { ...shared, name: 'cli', include: ['test/cli/**/*.test.ts'] } },
    ],
  },
});
