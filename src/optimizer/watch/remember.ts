import type { Run } from '../run.ts';
import { Baselines } from './baselines.ts';
import { readDigestCounts } from './digest-counts.ts';

/** Keeps what statements took before an index is built, where the server counts them. */
export async function rememberBefore(run: Run, stepId: number, table: string): Promise<void> {
  const counts = await readDigestCounts(run.session, run.database.target.database);
  await new Baselines(run.session).begin(stepId, table, counts ?? []);
}

/** The point from which on statements count as run with the index. */
export async function rememberStart(run: Run, stepId: number): Promise<void> {
  const counts = await readDigestCounts(run.session, run.database.target.database);
  await new Baselines(run.session).start(stepId, counts ?? []);
}
