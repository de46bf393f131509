import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { median, verdict } from '../harness.mjs';
import { openPhpBench } from './php-handlers.ts';
import type { Part } from './part.ts';

/** A php a job takes so long that it gets fewer; its rate does not depend on their number. */
const spawnedJobs = 100;

/** PHP handlers: processes that stay beside a `php` a job, with no work and with one question to the database. */
export const php: Part = async (tell, { jobs, rounds }) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-php-'));
  try {
    const bench = await openPhpBench(folder);
    try {
      for (const kind of bench.kinds) {
        const stay: number[] = [];
        const spawn: number[] = [];
        // The first round warms up and does not count.
        for (let round = 0; round <= rounds; round += 1) {
          const staying = await bench.run(kind, 'php', round === 0 ? 500 : jobs, 4);
          const spawned = await bench.run(kind, 'command', round === 0 ? 5 : spawnedJobs, 4);
          if (round === 0) continue;
          stay.push(staying);
          spawn.push(spawned);
        }
        const ratio = median(stay.map((rate, at) => rate / (spawn[at] ?? NaN)));
        const rate = median(stay);
        tell(
          `${kind}, 4 at once: processes that stay ${Math.round(rate)} jobs/s, a php a job ${median(spawn).toFixed(1)} jobs/s`,
        );
        if (kind !== 'one query') continue;
        tell(`jobs/s with one query: ${Math.round(rate)}, ${verdict('≥ 5000', rate >= 5000)}`);
        tell(`beside a php a job: ${ratio.toFixed(0)}, ${verdict('≥ 50', ratio >= 50)}`);
      }
    } finally {
      await bench.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
