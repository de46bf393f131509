import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { formatBytes, formatRate } from '../../output/text.ts';
import type { Check } from '../check.ts';
import { judge } from '../judge.ts';

/** Memory that programs can still get. */
export const hostMemory: Check = {
  id: 'host-memory',
  area: 'host',
  isRequired: false,
  run: async ({ config }) => {
    const availableBytes = await readAvailableBytes();
    const totalBytes = os.totalmem();
    const share = availableBytes / totalBytes;
    return judge({
      observed: share,
      limits: config.health.thresholds.memoryAvailable,
      better: 'higher',
      unit: 'share',
      message: `${formatBytes(availableBytes)} of ${formatBytes(totalBytes)} available (${formatRate(share)})`,
      source: 'memory of this machine',
      advice: 'See what uses it: ps aux --sort=-rss',
    });
  },
};

/** Linux counts reclaimable page cache as available; os.freemem() does not, and would cry wolf. */
async function readAvailableBytes(): Promise<number> {
  if (process.platform !== 'linux') return os.freemem();
  const match = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8'));
  return match ? Number(match[1]) * 1024 : os.freemem();
}
