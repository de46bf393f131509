import type { CheckResult } from '../check.ts';
import type { HealthReport } from '../run.ts';

/** One line of verdict and performance data, then a line a check, as the Monitoring Plugins guidelines ask. */
export function formatNagios({ status, checks }: HealthReport): string {
  const worst = checks.find((check) => check.status === status && status !== 'ok');
  const measured = checks.filter((check) => check.observed !== null);
  const summary = worst ? worst.message : `${measured.length} checks measured`;
  const data = measured.map(performanceData).join(' ');
  const lines = checks.map(
    (check) => `${check.status.toUpperCase()} ${check.id}: ${check.message}`,
  );
  return [
    `SCALECTL ${status.toUpperCase()} - ${clean(summary)} | ${data}`,
    ...lines.map(clean),
  ].join('\n');
}

/** `'label'=value[UOM];warn` with the units that the guidelines know. */
function performanceData({ id, observed, target, unit }: CheckResult): string {
  const known: Record<string, string> = { ms: 'ms', bytes: 'B' };
  return `'${id}'=${round(observed ?? 0)}${known[unit ?? ''] ?? ''}${target === null ? '' : `;${round(target)}`}`;
}

/** The pipe starts performance data and must not stand in a message. */
function clean(text: string): string {
  return text.replaceAll('|', '/').replaceAll(/\s+/g, ' ');
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
