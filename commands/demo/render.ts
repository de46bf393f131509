import { formatGain } from '../../src/optimizer/gain.ts';
import type { DemoPlan } from '../../src/sandbox/demo/plan.ts';
import type { Demo } from '../../src/sandbox/demo/start.ts';
import type { ShopScale } from '../../src/sandbox/shop/scales.ts';
import type { Screen } from '../../src/output/screen.ts';
import { formatMs, formatNumber, formatRate, plural, safeText } from '../../src/output/text.ts';
import { wrapLines } from '../../src/output/wrap.ts';
import type { DemoPreview } from './preview.ts';
import type { DemoSummary } from './result.ts';
import type { StepResult } from './step.ts';

export interface DemoRun {
  scale: ShopScale;
  seed: number;
  steps: readonly StepResult[];
  summary: DemoSummary;
  /** With --keep: where it runs on. */
  kept: KeptDemo | null;
}

export interface KeptDemo {
  folder: string;
  configFile: string;
  siteUrl: string;
  /** The database of --db, whose tables stay. */
  database: string | null;
}

export interface DemoStopped {
  folders: readonly string[];
  /** Processes that were ended. */
  ended: readonly number[];
  /** False: with --dry-run. */
  isDone: boolean;
}

export type DemoResult = DemoRun | DemoPreview | DemoStopped;

export function renderDemo(result: DemoResult, screen: Screen): string {
  if ('summary' in result) return renderRun(result, screen);
  return 'folders' in result ? renderStopped(result) : renderPreview(result, screen);
}

/** What stands above the round. */
export function renderFacts(
  shop: Demo,
  plan: DemoPlan,
  statements: number,
  screen: Screen,
): string {
  const { facts } = shop;
  const lines = [
    `${screen.heading('demo')}: a shop of ${plural(facts.orders, 'order')} on ${facts.database}, with ${facts.redis}, ${plural(facts.cacheKeys, 'key')} in its cache, ${plural(facts.jobFiles, 'job file')}, and a web site at ${shop.siteUrl}. ${formatNumber(plan.spam)} spam applications came in, and a tenth of the products was withdrawn while jobs still name them. Visitors asked each of the ${statements} statements of the pages ${plan.timings} times and read the cache ${formatNumber(plan.cacheReads)} times.`,
    `Each command below runs with --config ${shop.configFile}`,
  ];
  return lines.map((line) => wrapLines(line, screen.width)).join('\n');
}

function renderRun({ summary, steps, kept }: DemoRun, screen: Screen): string {
  return [
    screen.heading('== summary =='),
    screen.table(
      [
        { title: 'measured', flexible: true },
        { title: 'before', align: 'right' },
        { title: 'after', align: 'right' },
        { title: '' },
      ],
      comparisons(summary, screen),
    ),
    '',
    screen.pairs(outcomes(summary)),
    ...failures(steps, screen),
    ...(kept ? ['', ...renderKept(kept, screen)] : []),
  ].join('\n');
}

function comparisons({ page, rewrite, pages, health }: DemoSummary, screen: Screen): string[][] {
  return [
    ...(page ? [timesRow(safeText(shorten(page.statement)), page)] : []),
    ...(rewrite ? [timesRow(`rewritten: ${safeText(shorten(rewrite.statement))}`, rewrite)] : []),
    timesRow(`all ${pages.statements} page statements, as they are`, pages),
    [
      'health',
      screen.status(health.before ?? 'failed'),
      screen.status(health.after ?? 'failed'),
      ' ',
    ],
  ];
}

function timesRow(label: string, times: { beforeMs: number; afterMs: number }): string[] {
  const { beforeMs, afterMs } = times;
  return [label, formatMs(beforeMs), formatMs(afterMs), formatGain(beforeMs / afterMs)];
}

function outcomes({ indexes, queue, cache, loadtest }: DemoSummary): [string, string][] {
  return [
    [
      'indexes',
      indexes
        ? `${formatNumber(indexes.created)} created, ${formatNumber(indexes.redundant)} redundant found`
        : 'not told',
    ],
    [
      'queue',
      queue
        ? `${formatNumber(queue.imported)} imported, ${plural(queue.corrupt, 'file')} unreadable; ${formatNumber(queue.completed)} done, ${formatNumber(queue.deadLettered)} failed, ${formatNumber(queue.remaining)} left`
        : 'not told',
    ],
    [
      'cache',
      cache ? `${plural(cache.keys, 'key')}, hit rate ${formatRate(cache.hitRate)}` : 'not told',
    ],
    [
      'load test',
      loadtest
        ? `${plural(loadtest.requests, 'request')}, p50 ${formatMs(loadtest.p50Ms)}, p95 ${formatMs(loadtest.p95Ms)}, success ${formatRate(loadtest.successRate)}: ${loadtest.verdict}`
        : 'not told',
    ],
  ];
}

function failures(steps: readonly StepResult[], screen: Screen): string[] {
  const failed = steps.filter(({ error }) => error !== null);
  if (failed.length === 0) return [];
  return [
    '',
    screen.heading('what failed'),
    ...failed.map(
      ({ commandLine, error }) => `  ${commandLine}: ${safeText(error?.message ?? '')}`,
    ),
  ];
}

function renderKept({ configFile, siteUrl, database }: KeptDemo, screen: Screen): string[] {
  return [
    screen.heading('still running'),
    screen.pairs([
      ['web site', siteUrl],
      ['settings', `${configFile} (holds the addresses and passwords)`],
      ...(database === null
        ? []
        : [['database', `the tables stay in ${database}; drop them yourself`] as [string, string]]),
      ['to stop', 'scalectl demo --stop'],
    ]),
  ];
}

function renderStopped({ folders, ended, isDone }: DemoStopped): string {
  if (folders.length === 0) return 'No demo was kept running.';
  const list = folders.map((folder) => `  ${folder}`).join('\n');
  return isDone
    ? `${plural(ended.length, 'process', 'processes')} stopped, and removed:\n${list}`
    : `Would be stopped and removed:\n${list}`;
}

function renderPreview(preview: DemoPreview, screen: Screen): string {
  return [
    screen.pairs([
      ['database', preview.database],
      ['redis', preview.redis],
      ['shop', `${preview.scale}, ${plural(preview.orders, 'order')}, seed ${preview.seed}`],
    ]),
    '',
    'Would run:',
    ...preview.commands.map((line) => `  ${line}`),
    '',
    'Nothing was started.',
  ].join('\n');
}

function shorten(statement: string): string {
  return statement.length <= 48 ? statement : `${statement.slice(0, 47)}…`;
}
