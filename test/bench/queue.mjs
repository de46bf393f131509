// Draining no-op jobs: the store and worker of scalectl beside the pattern of one SELECT … FOR UPDATE SKIP LOCKED a job.
// `node test/bench/queue.mjs [jobs] [rounds]`. Rounds are interleaved on one private MariaDB that writes each commit
// through to the disk; figures are medians and the ratio is taken within each round.
import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const jobs = Number(process.argv[2] ?? 50_000);
const rounds = Number(process.argv[3] ?? 3);
/** The pattern takes so long that it gets fewer jobs; its rate does not depend on their number. */
const patternJobs = Math.min(jobs, 3000);
const connections = 8;

const folder = await mkdtemp(path.join(root, 'test/bench/bundle-'));
try {
  await build({
    absWorkingDir: root,
    entryPoints: ['test/bench/queue-engine.ts'],
    outfile: path.join(folder, 'queue-engine.mjs'),
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  });
  const engine = /** @type {typeof import('./queue-engine.ts')} */ (
    await import(pathToFileURL(path.join(folder, 'queue-engine.mjs')).href)
  );
  await run(await engine.openBench(connections));
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** @param {import('./queue-engine.ts').Bench} bench */
async function run(bench) {
  try {
    await compare(bench);
  } finally {
    await bench.close();
  }
}

/** @param {import('./queue-engine.ts').Bench} bench */
async function compare(bench) {
  console.log(`${bench.label}, ${jobs} jobs, pattern ${patternJobs} jobs, ${rounds} rounds`);
  /** @type {Record<string, number[]>} */
  const rates = { scalectl: [], pattern: [], ratio: [] };
  // The first round warms up and does not count.
  for (let round = 0; round <= rounds; round += 1) {
    const ours = await bench.drainQueue(round === 0 ? 2000 : jobs);
    const pattern = await bench.drainPattern(round === 0 ? 500 : patternJobs);
    if (round === 0) continue;
    rates.scalectl?.push(ours);
    rates.pattern?.push(pattern);
    rates.ratio?.push(ours / pattern);
    console.log(
      `round ${round}: scalectl ${format(ours)} jobs/s, pattern ${format(pattern)} jobs/s, ratio ${(ours / pattern).toFixed(1)}`,
    );
  }
  console.log(`median: scalectl ${format(median(rates.scalectl ?? []))} jobs/s`);
  console.log(
    `median: SELECT … FOR UPDATE SKIP LOCKED, ${connections} connections ${format(median(rates.pattern ?? []))} jobs/s`,
  );
  console.log(
    `median ratio: ${median(rates.ratio ?? []).toFixed(1)}, goal 10: ${median(rates.ratio ?? []) >= 10 ? 'met' : 'missed'}`,
  );
}

/** @param {number} rate */
function format(rate) {
  return Math.round(rate).toLocaleString('en');
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
