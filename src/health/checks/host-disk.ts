import { statfs } from 'node:fs/promises';
import { formatBytes, formatRate } from '../../output/text.ts';
import type { Check } from '../check.ts';
import { judge } from '../judge.ts';

/** Free space where the platform lives, else where scalectl runs. */
export const hostDisk: Check = {
  id: 'host-disk',
  area: 'host',
  isRequired: true,
  run: async ({ config }) => {
    const folder = config.platform.dir ?? process.cwd();
    const { bavail, blocks, bsize } = await statfs(folder);
    const freeBytes = bavail * bsize;
    const share = freeBytes / (blocks * bsize);
    return judge({
      observed: share,
      limits: config.health.thresholds.diskFree,
      better: 'higher',
      unit: 'share',
      message: `${formatBytes(freeBytes)} free (${formatRate(share)}) at ${folder}`,
      source: 'file system',
      advice: 'Remove old logs, backups and exports.',
    });
  },
};
