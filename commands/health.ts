import { hasRedis } from '../src/redis/configured.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Area } from '../src/health/check.ts';
import type { HealthReport } from '../src/health/run.ts';
import { asScalectlError } from './envelope.ts';
import type { Screen } from '../src/output/screen.ts';
import { formatMs } from '../src/output/text.ts';
import type { Context } from './context.ts';
import { defineCommand } from './define.ts';
import type { Outcome } from './define.ts';
import { choice, duration, flag } from './option.ts';

const areaNames = [
  'database',
  'cache',
  'queue',
  'http',
  'host',
  'schedule',
] as const satisfies Area[];

export const health = defineCommand({
  name: 'health',
  summary: 'measure database, cache, queue, pages and host against their targets',
  description:
    'Watches the counters of the servers for a short window, so that figures are of now. A figure that cannot be measured is shown as unknown with the way to make it measurable, never as 0.',
  changes: 'nothing',
  options: {
    watch: flag('--watch', 'measure again and again until Ctrl-C'),
    interval: duration('--interval <TIME>', 'pause between two looks with --watch (default 5s)'),
    window: duration('--window <TIME>', 'how long counters are watched (default: health.window)'),
    format: choice('--format <NAME>', 'table, health+json, nagios, prometheus or junit', [
      'table',
      'health+json',
      'nagios',
      'prometheus',
      'junit',
    ]),
    only: choice('--only <AREA>', `one area: ${areaNames.join(', ')}`, areaNames),
    strict: flag('--strict', 'checks that cannot be measured count in the verdict'),
  },
  examples: [
    { command: 'scalectl health', does: 'prints every check with its figure, target and verdict' },
    { command: 'scalectl health --only database --json', does: 'the database checks as JSON' },
    {
      command: 'scalectl health --format nagios',
      does: 'a monitoring plugin: verdict, performance data, exit code',
    },
    {
      command: 'scalectl health --watch --interval 30s',
      does: 'looks every 30 seconds until Ctrl-C',
    },
  ],
  exitCodes: {
    0: 'ok',
    1: 'warning',
    2: 'critical, or a server cannot be reached',
    3: 'unknown, or bad configuration',
    69: null,
    75: null,
    77: null,
    78: null,
  },
  run: async (context, { options }) => {
    const { exitCodeOf } = await import('../src/health/index.ts');
    let report: HealthReport;
    try {
      report = await look(context, options);
      while (options.watch && !context.signal.aborted) {
        const shown = report;
        await context.emit(shown, (screen) => renderHealth(shown, screen));
        const pause = sleep(options.interval ?? 5000, undefined, { signal: context.signal });
        // The pause ends early on Ctrl-C; then the last report is the result.
        if (!(await pause.then(() => true).catch(() => false))) return { result: null, text: '' };
        report = await look(context, options);
      }
    } catch (error) {
      const failure = asScalectlError(error);
      if (failure.exitCode !== 78) throw error;
      return { result: null, failure, exitCode: 3, text: '' };
    }
    const next = nextStep(report);
    return {
      result: report,
      exitCode: exitCodeOf[report.status],
      ...(await formatted(report, options.format)),
      ...(next === null || (options.format ?? 'table') !== 'table' ? {} : { next }),
    } satisfies Outcome<HealthReport | null>;
  },
  render: (report, screen) => (report ? renderHealth(report, screen) : ''),
});

async function look(
  context: Context,
  options: { only: Area | undefined; strict: boolean; window: number | undefined },
): Promise<HealthReport> {
  const { values: config } = await context.config();
  const { checkHealth } = await import('../src/health/index.ts');
  const windowMs = options.window ?? config.health.window;
  context.progress.start('measuring');
  const report = await checkHealth({
    config,
    openDatabase: () => context.database(),
    openRedis: hasRedis(config.cache) ? () => context.redis() : null,
    only: options.only ? [options.only] : [],
    isStrict: options.strict,
    windowMs,
    signal: context.signal,
  });
  context.progress.stop();
  return report;
}

async function formatted(
  report: HealthReport,
  format: string | undefined,
): Promise<{ text?: string }> {
  switch (format) {
    case 'nagios':
      return { text: (await import('../src/health/formats/nagios.ts')).formatNagios(report) };
    case 'prometheus':
      return {
        text: (await import('../src/health/formats/prometheus.ts')).formatPrometheus(report),
      };
    case 'junit':
      return { text: (await import('../src/health/formats/junit.ts')).formatJunit(report) };
    case 'health+json': {
      const { formatHealthJson } = await import('../src/health/formats/health-json.ts');
      return { text: formatHealthJson(report, new Date()) };
    }
    default:
      return {};
  }
}

/** The advice of the worst finding, when it is a command. */
function nextStep({ checks }: HealthReport): string | null {
  const bad = [
    ...checks.filter(({ status }) => status === 'critical'),
    ...checks.filter(({ status }) => status === 'warning'),
  ];
  return (
    bad.map(({ advice }) => /scalectl [a-z- ]+[a-z]/.exec(advice ?? '')?.[0]).find(Boolean) ?? null
  );
}

export function renderHealth({ status, checks }: HealthReport, screen: Screen): string {
  const measured = checks.filter((check) => check.status !== 'skipped');
  const table = screen.table(
    [
      { title: 'check' },
      { title: 'status' },
      { title: 'finding', flexible: true },
      { title: 'target', align: 'right' },
    ],
    measured.map((check) => [
      check.id,
      screen.status(check.status),
      check.message,
      targetText(check),
    ]),
  );
  const advice = measured
    .filter((check) => check.advice !== null)
    .map((check) => `  ${check.id}: ${check.advice}`);
  return [
    `${screen.heading('health')}: ${screen.status(status)}`,
    '',
    table,
    ...(advice.length > 0 ? ['', screen.heading('advice'), ...advice] : []),
    ...notChecked(checks, screen),
  ].join('\n');
}

/** What was skipped, by reason: a line each instead of a table full of dashes. */
function notChecked(checks: HealthReport['checks'], screen: Screen): string[] {
  const byReason = new Map<string, string[]>();
  for (const { id, message, status } of checks) {
    if (status === 'skipped') byReason.set(message, [...(byReason.get(message) ?? []), id]);
  }
  if (byReason.size === 0) return [];
  return [
    '',
    screen.heading('not checked'),
    ...[...byReason].map(([reason, ids]) => `  ${ids.join(', ')}: ${reason}`),
  ];
}

function targetText({ target, unit }: HealthReport['checks'][number]): string | null {
  if (target === null) return null;
  if (unit === 'share') return `${Math.round(target * 1000) / 10} %`;
  if (unit === 'ms') return formatMs(target);
  if (unit === null) return String(target);
  return `${target} ${target === 1 ? unit.replace(/s$/, '') : unit}`;
}
