import type { CheckResult, Status } from '../check.ts';
import type { HealthReport } from '../run.ts';

const word: Record<Status, 'pass' | 'warn' | 'fail'> = {
  ok: 'pass',
  skipped: 'pass',
  warning: 'warn',
  unknown: 'warn',
  critical: 'fail',
};

/** The body of application/health+json (draft-inadarei-api-health-check). */
export function formatHealthJson({ status, checks }: HealthReport, time: Date): string {
  const entries = checks.map(
    (check) => [`${check.area}:${check.id}`, [entry(check, time)]] as const,
  );
  return JSON.stringify({
    status: word[status],
    serviceId: 'scalectl',
    checks: Object.fromEntries(entries),
  });
}

function entry(check: CheckResult, time: Date): Record<string, unknown> {
  return {
    componentType: check.area === 'host' ? 'system' : 'component',
    status: word[check.status],
    ...(check.observed === null ? {} : { observedValue: check.observed }),
    ...(check.unit === null ? {} : { observedUnit: check.unit }),
    time: time.toISOString(),
    ...(check.status === 'ok' ? {} : { output: check.message }),
  };
}
