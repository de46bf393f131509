// The optimizer beside its goals: `node test/bench/optimize.mjs [part…]`, all parts but `growth` (10,000 tables) when none is named.
// A missed goal is told and does not fail the run. Servers are private, on loopback, and stopped at the end.
import process from 'node:process';
import { withBundle } from './harness.mjs';

await withBundle('test/bench/optimize/parts.ts', run);

/** @param {typeof import('./optimize/parts.ts')} engine */
async function run({ parts }) {
  const named = process.argv.slice(2);
  const unknown = named.filter((name) => !(name in parts));
  if (unknown.length > 0) {
    console.error(
      `no part is called ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`,
    );
    process.exitCode = 2;
    return;
  }
  for (const [name, part] of Object.entries(parts)) {
    if (named.length > 0 ? !named.includes(name) : name === 'growth') continue;
    console.log(`\n${name}`);
    await part((line) => console.log(`  ${line}`));
  }
}
