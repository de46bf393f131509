import { checkConnectionLimits, readConnectionLimits } from './limits.ts';
import type { LoadPlan, LoadTestHooks, LoadTestResult } from './plan.ts';
import { toResult } from './result.ts';

/**
 * Runs a load test and judges it. Always ends within ramp + duration + 5 s; when the signal is aborted, at once,
 * with the figures of the time until then.
 * @throws ScalectlError `operation-failed` when this machine cannot hold so many connections
 */
export async function runLoadTest(
  plan: LoadPlan,
  hooks: LoadTestHooks = {},
): Promise<LoadTestResult> {
  checkConnectionLimits(plan.users, readConnectionLimits());
  if (plan.engine === 'autocannon') {
    const { runAutocannon } = await import('./engines/autocannon.ts');
    return toResult(plan, await runAutocannon(plan, hooks));
  }
  const { runUsers } = await import('./engines/users.ts');
  return toResult(plan, await runUsers(plan, hooks));
}
