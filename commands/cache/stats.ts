import type { CacheStats } from '../../src/cache/stats.ts';
import type { Screen } from '../../src/output/screen.ts';
import { formatBytes, formatMs, formatNumber, formatRate } from '../../src/output/text.ts';
import { ScalectlError } from '../../src/errors.ts';
import { defineCommand } from '../define.ts';
import { duration } from '../option.ts';
import { openDriver } from './driver.ts';

export const stats = defineCommand({
  name: 'stats',
  summary: 'keys, memory and the hit rate of now',
  description:
    'Watches the counters of the server for a window: the hit rate is that of the window. What was counted since the restart is shown apart. Without a read in the window the hit rate is unknown, not 0. The file cache counts no hits.',
  changes: 'nothing',
  options: {
    window: duration('--window <TIME>', 'how long to watch (default: cache.statsWindow)'),
  },
  examples: [
    { command: 'scalectl cache stats', does: 'watches for a second' },
    { command: 'scalectl cache stats --window 1m', does: 'the hit rate of the next minute' },
    { command: 'scalectl cache stats --json', does: 'for a script' },
  ],
  run: async (context, { options }) => {
    const { values } = await context.config();
    const windowMs = options.window ?? values.cache.statsWindow;
    if (windowMs < 1) throw new ScalectlError('usage', '--window is "0"; allowed: 1ms and longer');
    const driver = await openDriver(context);
    const { measureCache } = await import('../../src/cache/stats.ts');
    context.progress.start('watching the counters');
    const result = await measureCache(driver, { windowMs, signal: context.signal });
    context.progress.stop();
    return { result, next: 'scalectl cache inspect' };
  },
  render: renderStats,
});

export function renderStats(result: CacheStats, screen: Screen): string {
  const { sinceRestart } = result;
  return [
    `${screen.heading('cache')}: ${result.driver} ${result.label}`,
    '',
    screen.pairs([
      ['keys', formatNumber(result.keys)],
      ['memory', formatBytes(result.memoryBytes)],
      ...windowPairs(result),
    ]),
    ...(sinceRestart
      ? [
          '',
          screen.heading(`since the restart ${formatMs(sinceRestart.uptimeMs)} ago`),
          screen.pairs([
            ['hit rate', rateText(sinceRestart)],
            ['evicted', formatNumber(sinceRestart.evictedKeys)],
            ['expired', formatNumber(sinceRestart.expiredKeys)],
          ]),
        ]
      : []),
  ].join('\n');
}

function windowPairs(result: CacheStats): [string, string][] {
  const { hits, misses, evictedKeys, expiredKeys } = result;
  if (hits === null || misses === null) return [['hit rate', 'the file cache counts no hits']];
  return [
    ['watched', formatMs(result.windowMs)],
    ['hit rate', rateText({ hits, misses, hitRate: result.hitRate })],
    ['evicted', formatNumber(evictedKeys ?? 0)],
    ['expired', formatNumber(expiredKeys ?? 0)],
  ];
}

function rateText(counted: { hits: number; misses: number; hitRate: number | null }): string {
  const reads = counted.hits + counted.misses;
  return counted.hitRate === null
    ? 'unknown: nobody read anything'
    : `${formatRate(counted.hitRate)} of ${formatNumber(reads)} reads`;
}
