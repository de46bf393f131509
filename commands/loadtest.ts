import { ScalectlError } from '../src/errors.ts';
import type { LoadPlan, LoadProgress, LoadTestResult } from '../src/loadtest/plan.ts';
import { formatMs, formatNumber, formatRate, plural } from '../src/output/text.ts';
import type { Screen } from '../src/output/screen.ts';
import { defineCommand } from './define.ts';
import {
  choice,
  duration,
  flag,
  integer,
  optionalArgument,
  parsed,
  repeated,
  text,
} from './option.ts';

/** What `--json` prints: the notes of the engine stand among the warnings. */
type Result = Omit<LoadTestResult, 'notes'>;

export const loadtest = defineCommand({
  name: 'loadtest',
  summary: 'load a site with real users and say whether it holds',
  description:
    'Each user is a session of its own: own cookies, own connection, a journey with pauses. The measured time begins after the ramp, and percentiles leave the ramp out. This machine and private networks may be tested freely; any other host must stand in loadtest.allowHosts.',
  changes: 'nothing',
  arguments: { url: optionalArgument('[URL]', 'page or site to test (default: loadtest.target)') },
  options: {
    users: integer('--users <N>', 'sessions alive at once (default 50)', { min: 1, max: 100_000 }),
    duration: duration('--duration <TIME>', 'measured time, after the ramp (default 60s)'),
    ramp: duration(
      '--ramp <TIME>',
      'time in which the users start (default: a sixth of the duration, at most 10s)',
    ),
    think: duration(
      '--think <TIME>',
      'mean pause after a page, ± 50 % (default 10s, at most a third of the duration); 0 hammers',
    ),
    journey: text('--journey <NAME|FILE>', 'browse, login, cart, checkout, or a YAML or JSON file'),
    rate: parsed('--rate <R>', 'journeys that begin a second by the clock (open model)', readRate),
    threshold: repeated(
      '--threshold <EXPR>',
      "what must be reached, as 'p95<500ms' or 'successRate>=99%'; may be repeated",
    ),
    engine: choice('--engine <NAME>', 'users, or autocannon: a probe of the capacity', [
      'users',
      'autocannon',
    ]),
    allowWrites: flag('--allow-writes', "send a journey's steps that change the target's data"),
  },
  examples: [
    {
      command: 'scalectl loadtest http://localhost/index.php --users 200 --duration 60s',
      does: 'two hundred users with pauses of 10 s, for a minute',
    },
    {
      command: "scalectl loadtest http://localhost --journey browse --threshold 'p99<1s'",
      does: "the platform's public pages, judged by p99 alone",
    },
    {
      command: 'scalectl loadtest http://localhost/api --rate 100 --json',
      does: 'a hundred requests a second by the clock, however slow the answers; JSON for scripts',
    },
  ],
  exitCodes: {
    0: 'every threshold was reached',
    1: 'a threshold was missed, or the target failed',
    2: 'invalid: the load generator was the bottleneck, or this machine cannot hold so many connections',
    75: null,
    77: 'refused: the host is not in loadtest.allowHosts, or the journey needs --allow-writes',
  },
  run: async (context, { options, arguments: { url } }) => {
    const { values: config } = await context.config();
    const { expectedRequestsPerSecond, makePlan } = await import('../src/loadtest/make-plan.ts');
    const { runLoadTest } = await import('../src/loadtest/engine.ts');
    const plan = await makePlan(
      {
        url,
        users: options.users,
        durationMs: options.duration,
        rampMs: options.ramp,
        thinkMs: options.think,
        journey: options.journey,
        ratePerSecond: options.rate,
        thresholds: options.threshold,
        engine: options.engine,
        allowWrites: options.allowWrites,
      },
      config.loadtest,
    );
    context.progress.start(announce(plan, expectedRequestsPerSecond(plan)));
    const { notes, ...result } = await runLoadTest(plan, {
      signal: context.signal,
      onProgress: (progress) => context.progress.update(describeProgress(progress)),
    });
    context.progress.stop();
    for (const note of notes) context.warn(note);
    return {
      result,
      ...(result.verdict === 'failed' ? { exitCode: 1, next: 'scalectl health' } : {}),
      ...(result.verdict === 'invalid' ? { failure: invalidRun(result) } : {}),
    };
  },
  render: (result, screen) => renderLoadTest(result, screen),
});

function readRate(value: string): number {
  const rate = /^\d+(\.\d+)?$/.test(value) ? Number(value) : 0;
  if (rate > 0 && rate <= 100_000) return rate;
  throw new ScalectlError('usage', `--rate is "${value}"; allowed: a number above 0, to 100000`);
}

function announce(plan: LoadPlan, expectedPerSecond: number | null): string {
  const who =
    plan.ratePerSecond === null
      ? plural(plan.users, 'user')
      : `${plural(plan.ratePerSecond, 'arrival')} a second, at most ${plural(plan.users, 'session')}`;
  const rate =
    expectedPerSecond === null
      ? 'as many requests as the answers allow'
      : `about ${formatNumber(expectedPerSecond)} requests a second`;
  return `${who} at ${plan.target.url}, ${rate}: ramp ${formatMs(plan.rampMs)}, then ${formatMs(plan.durationMs)}`;
}

function describeProgress(progress: LoadProgress): string {
  const { phase, elapsedMs, totalMs, activeUsers, failures } = progress;
  const leftMs = Math.max(0, totalMs - elapsedMs);
  return [
    phase === 'draining' ? 'waiting for the last answers' : `${phase}, ${formatMs(leftMs)} left`,
    plural(activeUsers, 'user'),
    `${formatNumber(Math.round(progress.requestsPerSecond))} requests/s`,
    `p95 ${formatMs(progress.p95Ms)}`,
    plural(failures, 'failure'),
  ].join(', ');
}

function invalidRun({ generator }: Result): ScalectlError {
  const lag =
    generator.sendLagP99Ms === null ? '' : `, send lag p99 ${formatMs(generator.sendLagP99Ms)}`;
  return new ScalectlError(
    'operation-failed',
    `the run is invalid: the load generator was the bottleneck (${formatRate(generator.cpu)} of a core${lag})`,
    { hint: 'Use fewer users or more think time, or run it on another machine than the target.' },
  );
}

/** The verdict first, then what it rests on. */
export function renderLoadTest(result: Result, screen: Screen): string {
  const { latencyMs } = result;
  const blocks = [
    `${screen.heading(result.target)}  ${screen.status(result.verdict)}`,
    screen.table(
      [{ title: 'threshold' }, { title: 'measured', align: 'right' }, { title: 'verdict' }],
      result.thresholds.map(({ expression, actual, passed }) => [
        expression,
        describeActual(expression, actual),
        screen.status(passed ? 'passed' : 'failed'),
      ]),
    ),
    screen.pairs([
      ['users', `${formatNumber(result.users)} (${describeModel(result.model)})`],
      [
        'requests',
        `${formatNumber(result.requests)} in ${formatMs(result.durationMs)}, ${formatNumber(result.requestsPerSecond ?? 0)} a second`,
      ],
      ['success', formatRate(result.successRate)],
      [
        'latency',
        `p50 ${formatMs(latencyMs.p50)}, p90 ${formatMs(latencyMs.p90)}, p95 ${formatMs(latencyMs.p95)}, p99 ${formatMs(latencyMs.p99)}, p99.9 ${formatMs(latencyMs.p999)}, max ${formatMs(latencyMs.max)}`,
      ],
      ['statuses', describeCounts(result.statusCodes)],
      ['errors', describeCounts(result.errors)],
      ['generator', describeGenerator(result)],
    ]),
    result.steps.length > 1 ? stepTable(result, screen) : '',
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function stepTable(result: Result, screen: Screen): string {
  return screen.table(
    [
      { title: 'step' },
      { title: 'requests', align: 'right' },
      { title: 'success', align: 'right' },
      { title: 'p50', align: 'right' },
      { title: 'p95', align: 'right' },
      { title: 'p99', align: 'right' },
      { title: 'errors', flexible: true },
    ],
    result.steps.map(({ name, requests, successRate, latencyMs, errors }) => [
      name,
      requests,
      formatRate(successRate),
      formatMs(latencyMs.p50),
      formatMs(latencyMs.p95),
      formatMs(latencyMs.p99),
      describeCounts(errors),
    ]),
  );
}

function describeModel(model: Result['model']): string {
  switch (model) {
    case 'users':
      return 'each a session of its own';
    case 'arrivals':
      return 'as arrivals by the clock need them';
    case 'closed-loop':
      return 'closed loop without pauses: percentiles are not user latency';
  }
}

function describeActual(expression: string, actual: number | null): string {
  if (actual === null) return '-';
  if (expression.startsWith('successRate')) return formatRate(actual);
  return /^(requests|errors)/.test(expression) ? formatNumber(actual) : formatMs(actual);
}

function describeCounts(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${name}: ${formatNumber(count)}`);
  return parts.length > 0 ? parts.join(', ') : 'none';
}

function describeGenerator({ generator, connections }: Result): string {
  const retried =
    connections.retried > 0
      ? `, ${plural(connections.retried, 'request')} sent again after a kept-alive close`
      : '';
  return `${formatRate(generator.cpu)} of a core, send lag p99 ${formatMs(generator.sendLagP99Ms)}, ${plural(connections.opened, 'connection')} opened${retried}`;
}
