import type { HealthReport } from '../run.ts';

const statusNumber = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;

/** Prometheus text exposition format 0.0.4. Skipped checks have no sample: a missing series is no zero. */
export function formatPrometheus({ status, checks }: HealthReport): string {
  const counting = checks.filter((check) => check.status !== 'skipped');
  const label = (id: string, area: string): string => `{check="${id}",area="${area}"}`;
  return [
    '# HELP scalectl_health_status Verdict of all checks: 0 ok, 1 warning, 2 critical, 3 unknown.',
    '# TYPE scalectl_health_status gauge',
    `scalectl_health_status ${statusNumber[status]}`,
    '# HELP scalectl_check_status Verdict of one check: 0 ok, 1 warning, 2 critical, 3 unknown.',
    '# TYPE scalectl_check_status gauge',
    ...counting.map(
      (check) =>
        `scalectl_check_status${label(check.id, check.area)} ${statusNumber[check.status as keyof typeof statusNumber]}`,
    ),
    '# HELP scalectl_check_value Figure that the check observed, in the unit of the check.',
    '# TYPE scalectl_check_value gauge',
    ...counting
      .filter((check) => check.observed !== null)
      .map(
        (check) =>
          `scalectl_check_value{check="${check.id}",area="${check.area}",unit="${check.unit ?? ''}"} ${check.observed}`,
      ),
    '',
  ].join('\n');
}
