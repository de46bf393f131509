// Start-up cost beside a bare Node: `npm run bench:startup`. Runs are interleaved, figures are medians and ratios.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, verdict } from './harness.mjs';

const binary = fileURLToPath(new URL('../../dist/bin/scalectl.js', import.meta.url));
const rounds = Number(process.argv[2] ?? 21);

/** @type {Record<string, string[]>} */
const contenders = {
  'node -e 0': ['-e', '0'],
  'scalectl --version': [binary, '--version'],
  'scalectl --help': [binary, '--help'],
  'scalectl queue process --help': [binary, 'queue', 'process', '--help'],
  // The health command up to its first query: everything is loaded, and nothing listens at the address.
  'scalectl health --json, to the first query': [
    binary,
    'health',
    '--json',
    '--db',
    'mysql://nobody@127.0.0.1:1/none',
    '--only',
    'database',
  ],
};
const goals = {
  'scalectl --version': 1.3,
  'scalectl --help': 1.3,
  'scalectl health --json, to the first query': 2.5,
};

/** @type {Map<string, number[]>} */
const samples = new Map(Object.keys(contenders).map((name) => [name, []]));
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, args] of Object.entries(contenders)) {
    const startedAt = performance.now();
    spawnSync(process.execPath, args, {
      stdio: 'pipe',
      env: { PATH: process.env.PATH, SCALECTL_DATABASE_CONNECT_RETRIES: '0' },
    });
    // The first round fills the file cache and does not count.
    if (round > 0) samples.get(name)?.push(performance.now() - startedAt);
  }
}

const base = median(samples.get('node -e 0') ?? []);
for (const [name, values] of samples) {
  const ratio = median(values) / base;
  const goal = goals[/** @type {keyof typeof goals} */ (name)];
  console.log(
    `${name.padEnd(44)} ${median(values).toFixed(1).padStart(7)} ms  ${ratio.toFixed(2)}x` +
      (goal ? `  ${verdict(`${goal}x`, ratio <= goal)}` : ''),
  );
}
