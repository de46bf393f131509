// A worker in a process of its own, as `queue process --watch` is, until SIGTERM. Says which job it starts.
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../../src/config/load.ts';
import { connectDatabase } from '../../../src/database/connect.ts';
import { createMysqlStore } from '../../../src/queue/stores/mysql/store.ts';
import { processQueue } from '../../../src/queue/worker/process-queue.ts';

const { url, leaseMs, runsFile } = JSON.parse(process.argv[2] ?? '') as {
  url: string;
  leaseMs: number;
  /** Gets the id of each job that is started. */
  runsFile: string;
};
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const { values } = await loadConfig({
  workingDirectory: '/',
  environment: { SCALECTL_DB_URL: url },
  discover: false,
});
await using database = await connectDatabase(values.database);
const result = await processQueue({
  store: createMysqlStore(database),
  findHandler: () => ({
    run: async ({ id, type }) => {
      appendFileSync(runsFile, `${id}\n`);
      // A job that runs out of memory, or meets a defect of the runtime, takes its worker with it.
      if (type === 'kills-worker') process.kill(process.pid, 'SIGKILL');
      await sleep(id % 5);
      return { kind: 'done', result: null };
    },
  }),
  policy: { firstDelayMs: 100, maxDelayMs: 1000, maxAttemptsOf: () => 3 },
  concurrency: 8,
  leaseMs,
  graceMs: 5000,
  pollMs: 50,
  retentionMs: 3_600_000,
  watch: true,
  signal: stop.signal,
  warn: (message) => process.stdout.write(`${message}\n`),
});
process.stdout.write(`${JSON.stringify(result)}\n`);
