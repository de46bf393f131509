import os from 'node:os';
import type { Check } from '../check.ts';
import { skipped } from '../check.ts';
import { judge } from '../judge.ts';

/** Load average of five minutes per core: what waits for a processor or a disk. */
export const hostLoad: Check = {
  id: 'host-load',
  area: 'host',
  isRequired: false,
  run: ({ config }) => {
    const source = 'load average of this machine';
    if (process.platform === 'win32') return skipped('Windows has no load average', source);
    const perCore = (os.loadavg()[1] ?? 0) / os.availableParallelism();
    return judge({
      observed: perCore,
      limits: config.health.thresholds.load,
      better: 'lower',
      unit: 'per core',
      message: `load ${perCore.toFixed(2)} per core over 5 minutes`,
      source,
      windowMs: 300_000,
      advice: 'See what runs: top',
    });
  },
};
