import type { Database } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import { serverErrorNumber } from '../database/server-errors.ts';
import { alterOnline, findAdded, removeIndex, TableInUse } from './change.ts';
import type { Finding, Step } from './findings.ts';
import { isSameShape } from './index-shape.ts';
import type { JournalStep } from './journal.ts';
import { recover } from './recover.ts';
import type { RecoveredStep } from './recover.ts';
import { openRun } from './run.ts';
import type { Run, RunOptions } from './run.ts';
import { liveTable } from './settle.ts';
import { rollbackSql } from './steps.ts';

export interface RollbackResult {
  readonly runId: number;
  readonly steps: readonly RollbackStep[];
  readonly recovered: readonly RecoveredStep[];
}

export interface RollbackStep {
  readonly table: string;
  readonly index: string;
  /** `unchanged`: there was nothing left to take back. */
  readonly outcome: 'removed' | 'restored' | 'unchanged' | 'blocked';
  readonly reason: string;
}

/**
 * Takes back what a run changed, the last step first: indexes that it added go, indexes that it dropped come back.
 * Statistics stay. What a person took back is not proposed again for a while.
 * @throws ScalectlError `not-found` for a run that never was; those of `openRun`
 */
export async function rollbackRun(
  database: Database,
  runId: number,
  options: RunOptions,
): Promise<RollbackResult> {
  await using run = await openRun(database, options);
  const recovered = await recover(run);
  if (!(await run.journal.run(runId))) {
    throw new ScalectlError('not-found', `there is no run ${runId} of optimize-db`, {
      hint: 'scalectl optimize-db history lists the runs.',
    });
  }
  const applied = (await run.journal.stepsOf([runId])).filter((step) => step.state === 'applied');
  const steps: RollbackStep[] = [];
  for (const journaled of applied.reverse()) {
    const { step } = journaled.finding;
    if (!('index' in step) || run.signal.aborted) continue;
    run.onProgress(`taking back the change of ${step.table}`);
    steps.push(await takeBackStep(run, journaled, step));
  }
  if (steps.every((step) => step.outcome !== 'blocked') && !run.signal.aborted) {
    await run.journal.closeRun(runId, 'rolled-back');
  }
  return { runId, steps, recovered };
}

type IndexStep = Extract<Step, { index: string }>;

async function takeBackStep(
  run: Run,
  journaled: JournalStep,
  step: IndexStep,
): Promise<RollbackStep> {
  const told = { table: step.table, index: step.index };
  try {
    const [outcome, reason] =
      step.kind === 'add-index'
        ? await removeAdded(run, journaled, step)
        : await restoreDropped(run, step);
    if (outcome === 'blocked') return { ...told, outcome, reason };
    const finding: Finding = { ...journaled.finding, status: 'proposed' };
    await run.journal.endStep(journaled.id, 'rolled-back', finding, `rolled back: ${reason}`);
    return { ...told, outcome, reason };
  } catch (error) {
    const isRefused = error instanceof ScalectlError && serverErrorNumber(error) !== null;
    if (!isRefused && !(error instanceof TableInUse)) throw error;
    const { message } = error;
    return { ...told, outcome: 'blocked', reason: message };
  }
}

type Outcome = [RollbackStep['outcome'], string];

async function removeAdded(
  run: Run,
  journaled: JournalStep,
  step: Extract<Step, { kind: 'add-index' }>,
): Promise<Outcome> {
  const table = await liveTable(run, step.table);
  if (!table || !findAdded(table, step)) return ['unchanged', 'it is gone already'];
  const wasWithout = journaled.finding.rule === 'foreign-key-without-index';
  await removeIndex(run.database, table, step, journaled.indexesBefore, {
    foreignKeyChecks: !wasWithout,
  });
  return ['removed', 'the index is dropped'];
}

async function restoreDropped(
  run: Run,
  step: Extract<Step, { kind: 'drop-index' }>,
): Promise<Outcome> {
  const table = await liveTable(run, step.table);
  if (!table) return ['blocked', 'the table is gone'];
  const present = table.indexes.find((index) => index.name === step.index);
  if (present && isSameShape(present, { parts: step.parts, type: 'BTREE' })) {
    return ['unchanged', 'it is there already'];
  }
  if (present) return ['blocked', 'another index has its name now'];
  await alterOnline(run.database, rollbackSql(step)[0] ?? '', 'toUndo', { table: table.name });
  return ['restored', 'the index is there again'];
}
