import { formatMs, formatRate, plural } from '../../output/text.ts';
import type { Check, Finding, HealthContext } from '../check.ts';
import { skipped } from '../check.ts';
import { judge } from '../judge.ts';

interface Probe {
  durationMs: number;
  isSuccess: boolean;
}

const timeoutMs = 10_000;

/** Response time (95th percentile) of the pages in health.urls, by a few requests one after the other. */
export const responseTime: Check = {
  id: 'response-time',
  area: 'http',
  isRequired: false,
  run: (context) =>
    withProbes(context, (probes) => {
      const times = probes.map((probe) => probe.durationMs).sort((a, b) => a - b);
      const p95Ms = times[Math.ceil(times.length * 0.95) - 1] ?? 0;
      return judge({
        observed: p95Ms,
        limits: context.config.health.thresholds.responseTime,
        better: 'lower',
        unit: 'ms',
        message: `p95 ${formatMs(p95Ms)} of ${plural(times.length, 'request')}`,
        source: 'HTTP requests to health.urls',
        sampleSize: times.length,
        advice: 'scalectl optimize-db plan; scalectl loadtest shows which page is slow',
      });
    }),
};

/** Share of those requests that a visitor would call a success. */
export const successRate: Check = {
  id: 'success-rate',
  area: 'http',
  isRequired: false,
  run: (context) =>
    withProbes(context, (probes) => {
      const rate = probes.filter((probe) => probe.isSuccess).length / probes.length;
      return judge({
        observed: rate,
        limits: context.config.health.thresholds.successRate,
        better: 'higher',
        unit: 'share',
        message: `${formatRate(rate)} of ${plural(probes.length, 'request')} succeeded`,
        source: 'HTTP requests to health.urls',
        sampleSize: probes.length,
        advice: "Read the web server's and PHP's error logs.",
      });
    }),
};

/** Both checks read the same requests: a page is not asked twice. */
const probesOf = new WeakMap<HealthContext, Promise<Probe[]>>();

async function withProbes(
  context: HealthContext,
  judgeProbes: (probes: Probe[]) => Finding,
): Promise<Finding> {
  const { urls, probes } = context.config.health;
  if (urls.length === 0) return skipped('no page is named in health.urls', 'HTTP requests');
  let running = probesOf.get(context);
  if (!running) {
    running = probeAll(urls, probes, context.signal);
    probesOf.set(context, running);
  }
  return judgeProbes(await running);
}

async function probeAll(
  urls: readonly string[],
  count: number,
  signal: AbortSignal,
): Promise<Probe[]> {
  const all: Probe[] = [];
  for (let round = 0; round < count; round += 1) {
    for (const url of urls) all.push(await probe(url, signal));
  }
  return all;
}

async function probe(url: string, signal: AbortSignal): Promise<Probe> {
  const startedAt = performance.now();
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      headers: { 'user-agent': 'scalectl-health' },
    });
    const body = await response.text();
    return {
      durationMs: performance.now() - startedAt,
      isSuccess: response.ok && !isErrorPage(body),
    };
  } catch (error) {
    if (signal.aborted) throw error;
    return { durationMs: performance.now() - startedAt, isSuccess: false };
  }
}

/** PHP answers 200 with the error in the page when display_errors is on. */
function isErrorPage(body: string): boolean {
  return /<b>(Fatal error|Parse error)<\/b>|PHP (Fatal|Parse) error|Too many connections/.test(
    body,
  );
}
