// Draining no-op jobs: the store and worker of scalectl beside the pattern of one SELECT … FOR UPDATE SKIP LOCKED a job.
// `node test/bench/queue.mjs [jobs] [rounds]`. Rounds are interleaved on one private MariaDB that writes each commit
// through to the disk; figures are medians and the ratio is taken within each round.
import process from 'node:process';
import { median, verdict, withBundle } from './harness.mjs';

const jobs = Number(process.argv[2] ?? 50_000);
const rounds = Number(process.argv[3] ?? 3);
/** The pattern takes so long that it gets fewer jobs; its rate does not depend on their number. */
const patternJobs = Math.min(jobs, 3000);
const connections = 8;

await withBundle(
  'test/bench/queue-engine.ts',
  /** @param {typeof import('./queue-engine.ts')} engine */
  async (engine) => run(await engine.openBench(connections)),
);

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
  const ratio = median(rates.ratio ?? []);
  console.log(`median ratio: ${ratio.toFixed(1)}, ${verdict('10', ratio >= 10)}`);
}

/** @param {number} rate */
function format(rate) {
  return Math.round(rate).toLocaleString('en');
}
