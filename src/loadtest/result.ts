import type { EngineReport } from './engine-report.ts';
import type { LoadPlan, LoadTestResult } from './plan.ts';
import { judgeThresholds } from './thresholds.ts';

/** With fewer requests the slowest hundredth is a single one. */
const fewRequests = 100;

/** The result of a run: figures, thresholds and the verdict. */
export function toResult(plan: LoadPlan, report: EngineReport): LoadTestResult {
  const { recorder, durationMs, generator, connections } = report;
  const overall = recorder.overall();
  const requestsPerSecond =
    durationMs > 0 ? round((overall.requests * 1000) / durationMs, 100) : null;
  const thresholds = judgeThresholds(plan.thresholds, {
    ...overall,
    requestsPerSecond,
    errors: recorder.requests - recorder.successes,
  });
  return {
    target: plan.target.url,
    engine: plan.engine,
    model: modelOf(plan),
    users: plan.users,
    durationMs: Math.round(durationMs),
    requests: overall.requests,
    requestsPerSecond,
    successRate: overall.successRate,
    latencyMs: overall.latencyMs,
    statusCodes: overall.statusCodes,
    errors: overall.errors,
    thresholds,
    verdict: verdictOf(
      report,
      thresholds.every(({ passed }) => passed),
    ),
    generator,
    connections,
    steps: plan.journey.steps.map(({ name, method, path }, index) => ({
      name,
      method,
      path,
      ...recorder.step(index),
    })),
    notes: [...report.notes, ...generalNotes(plan, report, overall.requests)],
  };
}

function modelOf(plan: LoadPlan): LoadTestResult['model'] {
  if (plan.engine === 'autocannon') return 'closed-loop';
  return plan.ratePerSecond === null ? 'users' : 'arrivals';
}

/** A dead target has failed, however the generator fared; else figures of an overtaxed generator prove nothing. */
function verdictOf(report: EngineReport, isPassed: boolean): LoadTestResult['verdict'] {
  if (report.isDead) return 'failed';
  if (!report.generator.valid) return 'invalid';
  return isPassed ? 'passed' : 'failed';
}

function generalNotes(plan: LoadPlan, report: EngineReport, requests: number): string[] {
  const notes: string[] = [];
  if (plan.target.isLocal)
    notes.push('the target runs on this machine: generator and target share its processors');
  const unreached = plan.journey.steps.filter(
    ({ once }, index) => !once && report.recorder.step(index).requests === 0,
  );
  if (requests > 0 && unreached.length > 0)
    notes.push(`steps never reached: ${unreached.map(({ name }) => name).join(', ')}`);
  if (requests === 0)
    notes.push(
      'no request fell into the measured time; use a longer --duration or a shorter --think',
    );
  else if (requests < fewRequests && !report.isDead)
    notes.push(`${requests} requests are few for percentiles: a p99 needs hundreds`);
  return notes;
}

function round(value: number, factor: number): number {
  return Math.round(value * factor) / factor;
}
