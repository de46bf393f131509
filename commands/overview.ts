import process from 'node:process';
import type { Overview } from '../src/overview/look.ts';
import type { Screen } from '../src/output/screen.ts';
import { formatBytes, formatNumber, plural } from '../src/output/text.ts';
import { defineCommand } from './define.ts';

/** From the start of the process to the last line, on a server that hangs too. */
const totalMs = 1800;
/** Closing, printing and leaving take some of it; a slow start must leave time to look at all. */
const leastMs = 1000;

/** `scalectl` alone: what is here, what is worst, what to do next. */
export const overview = defineCommand({
  name: 'overview',
  summary: 'what scalectl found here, the three worst facts, and the next command',
  description: 'Operates a PHP + MySQL/MariaDB + Redis platform.',
  changes: 'nothing',
  examples: [{ command: 'scalectl', does: 'prints what it found and what to do next' }],
  run: async (context) => {
    const loaded = await context.config();
    const { lookAround } = await import('../src/overview/look.ts');
    const result = await lookAround({
      loaded,
      program: { node: process.execPath, script: process.argv[1] ?? '' },
      environment: process.env,
      // performance.now() counts from the start of the process.
      budgetMs: Math.round(Math.max(leastMs, totalMs - performance.now())),
    });
    return { result, next: result.facts[0]?.next ?? 'scalectl health' };
  },
  render: renderOverview,
});

export function renderOverview(result: Overview, screen: Screen): string {
  const { facts } = result;
  return [
    screen.pairs([
      ['platform', platformText(result)],
      ['file', fileText(result)],
      ['database', databaseText(result)],
      ['cache', cacheText(result)],
      ['queue', queueText(result)],
      ['schedule', scheduleText(result)],
    ]),
    '',
    ...(facts.length === 0
      ? ['nothing bad was found']
      : facts.flatMap(({ severity, fact, evidence }, i) => [
          `${i + 1}. ${severity === 'note' ? severity : screen.status(severity)}: ${fact}`,
          `   ${evidence}`,
        ])),
    ...(isBare(result) ? ['', 'or see it at work on a shop of its own: scalectl demo'] : []),
  ].join('\n');
}

/** Nothing at all is here yet. */
function isBare({ platform, file, database }: Overview): boolean {
  return platform === null && file === null && database.state === 'none';
}

function platformText({ platform }: Overview): string {
  if (!platform) return 'none found from this folder upward';
  const unread = platform.unreadable === 0 ? '' : `, ${platform.unreadable} not readable`;
  return `${platform.folder}: ${plural(platform.settings, 'setting')} read${unread}`;
}

function fileText({ file, profile }: Overview): string {
  return file === null ? 'none' : `${file}${profile === null ? '' : `, profile ${profile}`}`;
}

function databaseText({ database, schema }: Overview): string {
  if (database.state !== 'found') return database.reason;
  const size =
    schema.state === 'found'
      ? `${plural(schema.tables, 'table')}, ${formatBytes(schema.sizeBytes)}`
      : schema.reason;
  return `${database.server} at ${database.label}: ${size}`;
}

function cacheText({ cache }: Overview): string {
  if (cache.state !== 'found') return cache.reason;
  const { driver, label, keys, memoryBytes } = cache;
  return `${driver} ${label}: ${plural(keys, 'key')}, ${formatBytes(memoryBytes)}`;
}

function queueText({ queue }: Overview): string {
  if (queue.state !== 'found') return queue.reason;
  const { pending, scheduled, processing, failed } = queue;
  return [
    `${formatNumber(pending)} pending`,
    `${formatNumber(scheduled)} scheduled`,
    `${formatNumber(processing)} running`,
    `${formatNumber(failed)} dead letters`,
  ].join(', ');
}

function scheduleText({ schedule }: Overview): string {
  if (schedule.state !== 'found') return schedule.reason;
  const { target, entries, oldLines } = schedule;
  const installed = target === null ? 'not installed' : `${entries.join(', ')} by ${target}`;
  const old =
    oldLines === null || oldLines === 0
      ? ''
      : `; ${plural(oldLines, 'old PHP line')} in the crontab`;
  return `${installed}${old}`;
}
