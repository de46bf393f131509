import { serverErrorNumber } from '../../database/server-errors.ts';
import { ScalectlError } from '../../errors.ts';
import { describeBlockers } from '../blockers.ts';
import { TableInUse } from '../change.ts';
import type { Finding, Step } from '../findings.ts';
import type { Run } from '../run.ts';
import type { Table } from '../schema.ts';

/** A finding as it is ready to be applied. */
export type Applicable = Finding & { step: Step };

/** A step without a trial: it is done when its statement is done. */
export async function journaled(
  run: Run,
  runId: number,
  finding: Applicable,
  table: Table,
  work: () => Promise<void>,
): Promise<Finding> {
  const stepId = await run.journal.beginStep(runId, finding, table);
  try {
    await work();
  } catch (error) {
    if (isConnectionLost(error)) throw error;
    return endFailed(run, stepId, finding, error);
  }
  const applied = { ...finding, status: 'applied' as const };
  await run.journal.endStep(stepId, 'applied', applied, finding.reason);
  return applied;
}

/** The end of a step whose statement the server refused, or that was stopped; what is no such error is thrown. */
export async function endFailed(
  run: Run,
  stepId: number,
  finding: Finding,
  error: unknown,
): Promise<Finding> {
  if (run.signal.aborted) {
    await run.journal.endStep(stepId, 'undone', finding, 'the run was stopped');
    return finding;
  }
  const reason = await sentenceOf(run, finding, error);
  await run.journal.endStep(stepId, 'blocked', { ...finding, status: 'blocked' }, reason);
  return { ...finding, status: 'blocked', reason };
}

async function sentenceOf(run: Run, { table }: Finding, error: unknown): Promise<string> {
  if (error instanceof TableInUse) {
    const { database } = run.database.target;
    const blockers = await describeBlockers(run.session, { database, table });
    return `the table stayed in use; it was tried several times, and nothing was changed: ${blockers}`;
  }
  if (error instanceof ScalectlError && serverErrorNumber(error) !== null) return error.message;
  throw error;
}

/** Whether the statement was done is not known: the next run looks. */
export function isConnectionLost(error: unknown): boolean {
  return error instanceof ScalectlError && error.code === 'database-unreachable';
}
