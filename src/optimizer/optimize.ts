import type { Database } from '../database/types.ts';
import { applyPlan } from './apply.ts';
import type { RunResult } from './apply.ts';
import type { Finding } from './findings.ts';
import { makePlan } from './plan.ts';
import type { Plan, PlanOptions } from './plan.ts';
import { recover } from './recover.ts';
import { openRun } from './run.ts';

export interface OptimizeOptions extends PlanOptions {
  /** A plan that was made before and read from a file, instead of a new one. */
  readonly given: Pick<Plan, 'result' | 'statements'> | null;
  readonly dropRedundant: boolean;
  /** Asked before indexes are dropped; throws to stop the run before it changes anything. */
  readonly confirmDrops: (drops: readonly Finding[]) => Promise<void>;
}

/**
 * The whole of `scalectl optimize-db`: finishes what a killed run began, plans, and applies what is safe. Uses two
 * connections at once: one holds the run lock and reads, the other does one ALTER after the other.
 * @throws ScalectlError `refused` on a read-only server, `lock-held` while another run works, `privilege-missing`
 */
export async function optimizeDatabase(
  database: Database,
  options: OptimizeOptions,
): Promise<RunResult> {
  await using run = await openRun(database, options);
  const recovered = await recover(run);
  const plan = options.given ?? (await makePlan(database, run.session, options));
  const drops = plan.result.findings.filter(
    (finding) => finding.status === 'proposed' && finding.step?.kind === 'drop-index',
  );
  if (options.dropRedundant && drops.length > 0) await options.confirmDrops(drops);
  return await applyPlan(run, plan, recovered, { dropRedundant: options.dropRedundant });
}
