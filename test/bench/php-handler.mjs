// Running PHP handlers: processes that stay beside a `php` a job, with a handler that does nothing and one that asks
// the database one question. `node test/bench/php-handler.mjs [jobs] [rounds]`. The transports alone are measured, in
// alternating rounds on one private MariaDB; figures are medians, the ratio is taken within each round.
import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const jobs = Number(process.argv[2] ?? 20_000);
const rounds = Number(process.argv[3] ?? 3);
/** A php a job takes so long that it gets fewer; its rate does not depend on their number. */
const spawnedJobs = Math.min(jobs, 100);

const folder = await mkdtemp(path.join(root, 'dist-bench-'));
try {
  await build({
    absWorkingDir: root,
    entryPoints: ['test/bench/php-handler-engine.ts'],
    outfile: path.join(folder, 'php-handler-engine.mjs'),
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  });
  const engine = /** @type {typeof import('./php-handler-engine.ts')} */ (
    await import(pathToFileURL(path.join(folder, 'php-handler-engine.mjs')).href)
  );
  const bench = await engine.openPhpBench(folder);
  try {
    for (const kind of bench.kinds) {
      for (const concurrency of [1, 4]) await compare(bench, kind, concurrency);
    }
  } finally {
    await bench.close();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/**
 * @param {import('./php-handler-engine.ts').PhpBench} bench
 * @param {import('./php-handler-engine.ts').HandlerKind} kind
 * @param {number} concurrency
 */
async function compare(bench, kind, concurrency) {
  /** @type {number[]} */
  const stay = [];
  /** @type {number[]} */
  const spawn = [];
  // The first round warms up and does not count.
  for (let round = 0; round <= rounds; round += 1) {
    const isWarmUp = round === 0;
    const staying = await bench.run(kind, 'php', isWarmUp ? 500 : jobs, concurrency);
    const spawned = await bench.run(kind, 'command', isWarmUp ? 5 : spawnedJobs, concurrency);
    if (isWarmUp) continue;
    stay.push(staying);
    spawn.push(spawned);
  }
  const ratio = median(stay.map((rate, at) => rate / (spawn[at] ?? NaN)));
  console.log(
    `${kind}, ${concurrency} at once: php ${Math.round(median(stay))} jobs/s, a php a job ${median(spawn).toFixed(1)} jobs/s, ratio ${ratio.toFixed(0)}`,
  );
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
