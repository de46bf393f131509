import process from 'node:process';

import { defineConfig } from 'vitest/config';

import { reporters, shared } from './vitest.config.ts';

// Needs 750 MB of programs that nothing else uses: npm run test:windows fetches them and asks for it.
const windows = process.argv.includes('windows') ? ['windows'] : [];

/** What takes too long for each commit, or needs programs that bootstrap fetches only with --test and --matrix. */
export default defineConfig({
  test: {
    reporters: reporters('slow'),
    teardownTimeout: 60_000,
    maxWorkers: 2,
    passWithNoTests: true,
    projects: ['servers', 'faults', 'browser', 'drills', ...windows].map((name) => ({
      test: {
        ...shared,
        name,
        include: [`test/${name}/**/*.test.ts`],
        testTimeout: 120_000,
        hookTimeout: 180_000,
      },
    })),
  },
});
