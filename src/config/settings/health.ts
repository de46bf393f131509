import { duration, integer, list, number } from '../setting.ts';

/** Two limits of one figure: from the first on the verdict is warning, from the second on critical. */
const share = (meaning: string, warning: number, critical: number) => ({
  warning: number({ default: warning, min: 0, max: 1, meaning: `${meaning}: warning (0 to 1).` }),
  critical: number({
    default: critical,
    min: 0,
    max: 1,
    meaning: `${meaning}: critical (0 to 1).`,
  }),
});

const count = (meaning: string, warning: number, critical: number) => ({
  warning: integer({
    default: warning,
    min: 0,
    max: 1_000_000_000,
    meaning: `${meaning}: warning.`,
  }),
  critical: integer({
    default: critical,
    min: 0,
    max: 1_000_000_000,
    meaning: `${meaning}: critical.`,
  }),
});

const time = (meaning: string, warning: number, critical: number) => ({
  warning: duration({
    default: warning,
    minMs: 1,
    maxMs: 31 * 86_400_000,
    meaning: `${meaning}: warning.`,
  }),
  critical: duration({
    default: critical,
    minMs: 1,
    maxMs: 31 * 86_400_000,
    meaning: `${meaning}: critical.`,
  }),
});

const minuteMs = 60_000;

export const health = {
  window: duration({
    default: 1000,
    minMs: 0,
    maxMs: 3_600_000,
    meaning: 'How long health watches the counters of database and cache to get figures of now.',
  }),
  minimumSamples: integer({
    default: 20,
    min: 1,
    max: 1_000_000,
    unit: 'samples',
    meaning:
      'Below this many statements or lookups in the window, the figure since the start of the server is used and labelled so.',
  }),
  urls: list({
    default: [],
    allowed: 'a list of http:// or https:// addresses',
    meaning: 'Pages whose response time and success health measures.',
  }),
  probes: integer({
    default: 5,
    min: 1,
    max: 100,
    unit: 'requests',
    meaning: 'Requests that health sends to each of health.urls, one after the other.',
  }),
  thresholds: {
    meanQueryTime: time('Mean time of a statement', 1000, 5000),
    slowQueryShare: share('Share of statements slower than long_query_time', 0.01, 0.1),
    bufferPoolHitRate: share('InnoDB reads that are served from memory (below)', 0.95, 0.8),
    connections: share('Connections in use, as a share of max_connections', 0.8, 0.95),
    longTransaction: time('Age of the oldest open transaction', minuteMs, 10 * minuteMs),
    autoIncrement: share('Share of an AUTO_INCREMENT range that is used up', 0.8, 0.95),
    cacheHitRate: share('Cache hit rate (below)', 0.6, 0.3),
    cacheMemory: share('Memory of the cache as a share of its maxmemory', 0.9, 0.98),
    queuePending: count('Jobs that are due and wait', 50, 1000),
    queueAge: time('Age of the oldest job that is due', 15 * minuteMs, 120 * minuteMs),
    queueFailed: count('Jobs in the dead letters', 1, 10),
    responseTime: time('95th percentile of the response time of health.urls', 500, 2000),
    successRate: share('Share of successful answers of health.urls (below)', 0.99, 0.95),
    load: {
      warning: number({
        default: 2,
        min: 0,
        max: 1000,
        meaning: 'Load average per processor core: warning.',
      }),
      critical: number({
        default: 5,
        min: 0,
        max: 1000,
        meaning: 'Load average per processor core: critical.',
      }),
    },
    memoryAvailable: share('Memory that is available (below)', 0.1, 0.03),
    diskFree: share('Disk space that is free (below)', 0.15, 0.05),
  },
};
