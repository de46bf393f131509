/** Runs one job of a demo's shop, as the queue's command handler asks: the job on standard input, the answer by exit code. */
import { text } from 'node:stream/consumers';
import { ScalectlError } from '../src/errors.ts';
import { runShopJob } from '../src/sandbox/demo/jobs/index.ts';

const [configFile = ''] = process.argv.slice(2);
try {
  process.stdout.write(`${await runShopJob(configFile, await text(process.stdin))}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  // 75: the server may be back at the next attempt.
  const isAway = error instanceof ScalectlError && error.exitCode === 69;
  process.exitCode = isAway ? 75 : 1;
}
