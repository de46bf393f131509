// The queue beside its goals and its peers: `node test/bench/queue.mjs [--jobs N] [--rounds N] [--backlog N] [part…]`,
// all parts when none is named. Peers are installed into the cache folder at the first run; PostgreSQL has to be on
// the machine. A missed goal is told and does not fail the run. Servers are private, on loopback, and stopped at the end.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { withBundle } from './harness.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    jobs: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '5' },
    backlog: { type: 'string', default: '1000000' },
  },
});

await withBundle('test/bench/queue/parts.ts', run);

/** @param {typeof import('./queue/parts.ts')} engine */
async function run({ parts }) {
  const unknown = positionals.filter((name) => !(name in parts));
  if (unknown.length > 0) {
    console.error(
      `no part is called ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`,
    );
    process.exitCode = 2;
    return;
  }
  const scale = {
    jobs: Number(values.jobs),
    rounds: Number(values.rounds),
    backlog: Number(values.backlog),
  };
  for (const [name, part] of Object.entries(parts)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    console.log(`\n${name}`);
    await part((line) => console.log(`  ${line}`), scale);
  }
}
