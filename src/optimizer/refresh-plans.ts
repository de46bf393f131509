import { ScalectlError } from '../errors.ts';
import type { JudgedStatement } from './evidence/statements.ts';
import { explainQuery } from './explain.ts';
import type { Run } from './run.ts';

/**
 * The statements that read a table, with the server's plan for them as it is now: an ANALYZE or an index of the same
 * run may have changed it. What the server no longer takes keeps the plan that it had.
 */
export async function refreshPlans(
  { session, database, settings, signal }: Run,
  statements: readonly JudgedStatement[],
  table: string,
): Promise<JudgedStatement[]> {
  const limits = { timeoutMs: settings.statementTimeout, signal };
  const refreshed: JudgedStatement[] = [];
  for (const judged of statements) {
    if (!judged.query.tables.some((entry) => entry.table.name === table)) continue;
    try {
      const plan = await explainQuery(session, database.flavor, judged.query, limits);
      refreshed.push({ ...judged, plan });
    } catch (error) {
      const isAboutStatement =
        error instanceof ScalectlError &&
        ['statement-failed', 'statement-timeout'].includes(error.code);
      if (!isAboutStatement || signal.aborted) throw error;
      refreshed.push(judged);
    }
  }
  return refreshed;
}
