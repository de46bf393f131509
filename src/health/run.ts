import type { Area, Check, CheckResult, Finding, HealthContext, Status } from './check.ts';
import { checks as allChecks } from './checks/index.ts';

export interface HealthReport {
  status: 'ok' | 'warning' | 'critical' | 'unknown';
  checks: CheckResult[];
}

/**
 * Runs the checks and gives the verdict: the worst decides, in the order critical, warning, unknown, ok.
 * A check that fails in an unforeseen way is shown as unknown with its error; it never hides the others.
 */
export async function runChecks(
  context: HealthContext,
  options: { only?: readonly Area[]; isStrict?: boolean } = {},
): Promise<HealthReport> {
  const chosen = allChecks.filter(
    (check) => !options.only?.length || options.only.includes(check.area),
  );
  const results = await Promise.all(chosen.map((check) => runCheck(check, context)));
  return { status: verdict(chosen, results, options.isStrict ?? false), checks: results };
}

async function runCheck(check: Check, context: HealthContext): Promise<CheckResult> {
  return { id: check.id, area: check.area, ...(await findingOf(check, context)) };
}

async function findingOf(check: Check, context: HealthContext): Promise<Finding> {
  try {
    return await check.run(context);
  } catch (error) {
    return {
      status: 'unknown',
      message: `could not be measured: ${error instanceof Error ? error.message : String(error)}`,
      observed: null,
      target: null,
      unit: null,
      sampleSize: null,
      windowMs: null,
      source: check.area,
      advice: 'Run scalectl health --debug, and scalectl init to see what the account may do.',
    };
  }
}

/** Checks that are not required count when they are unknown only with --strict. */
export function verdict(
  chosen: readonly Pick<Check, 'id' | 'isRequired'>[],
  results: readonly Pick<CheckResult, 'id' | 'status'>[],
  isStrict: boolean,
): HealthReport['status'] {
  const required = new Set(chosen.filter((check) => check.isRequired).map((check) => check.id));
  const counting = results.filter(
    ({ id, status }) => status !== 'unknown' || isStrict || required.has(id),
  );
  const has = (status: Status): boolean => counting.some((result) => result.status === status);
  if (has('critical')) return 'critical';
  if (has('warning')) return 'warning';
  return has('unknown') ? 'unknown' : 'ok';
}

/** The monitoring-plugin codes. */
export const exitCodeOf: Readonly<Record<HealthReport['status'], number>> = {
  ok: 0,
  warning: 1,
  critical: 2,
  unknown: 3,
};
