import { findAdded, restoreLost } from './change.ts';
import type { Finding } from './findings.ts';
import type { JournalStep } from './journal.ts';
import type { Run } from './run.ts';
import { liveTable, settleIndex, takeBack } from './settle.ts';
import type { IndexFinding } from './settle.ts';

/** What became of a step that an earlier run was killed in. */
export interface RecoveredStep {
  readonly runId: number;
  readonly table: string;
  readonly index: string | null;
  /** `kept` and `removed` are about an index that was there; `never-done` left nothing behind. */
  readonly outcome: 'kept' | 'removed' | 'done' | 'never-done';
  readonly reason: string;
}

/**
 * Finishes or undoes what killed runs began, so that the schema ends as if they had not been killed: an index that
 * was added and not proven is proven now, one that was about to be removed is removed. Under the run lock.
 */
export async function recover(run: Run): Promise<RecoveredStep[]> {
  await run.shadows.drop();
  const steps = await run.journal.unfinishedSteps();
  const recovered: RecoveredStep[] = [];
  for (const step of steps) {
    run.onProgress(`finishing what run ${step.runId} was stopped in`);
    recovered.push(await recoverStep(run, step));
  }
  for (const id of await run.journal.openRuns()) await run.journal.closeRun(id, 'interrupted');
  return recovered;
}

async function recoverStep(run: Run, journaled: JournalStep): Promise<RecoveredStep> {
  const { step } = journaled.finding;
  switch (step.kind) {
    case 'analyze':
      return endAs(
        run,
        journaled,
        'undone',
        'never-done',
        'new statistics can be made at any time',
      );
    case 'rebuild':
      return endAs(
        run,
        journaled,
        'undone',
        'never-done',
        'the rows are the same with and without the rebuild, so it is not tried again',
      );
    case 'drop-index': {
      const table = await liveTable(run, step.table);
      const isThere = table?.indexes.some((index) => index.name === step.index) === true;
      return isThere
        ? endAs(run, journaled, 'undone', 'never-done', 'the index is still there')
        : endAs(run, journaled, 'applied', 'done', 'the server had dropped it');
    }
    case 'add-index':
      return recoverAdded(run, { ...journaled, finding: { ...journaled.finding, step } });
  }
}

async function recoverAdded(
  run: Run,
  journaled: JournalStep & { finding: IndexFinding },
): Promise<RecoveredStep> {
  const { finding, indexesBefore, state, id } = journaled;
  const table = await liveTable(run, finding.step.table);
  if (!table || !findAdded(table, finding.step)) {
    if (table) await restoreLost(run.database, table, indexesBefore);
    const wasJudged = state === 'undoing';
    return endAs(
      run,
      journaled,
      wasJudged ? 'rejected' : 'undone',
      wasJudged ? 'removed' : 'never-done',
      wasJudged ? finding.reason : 'the index was not there',
    );
  }
  const unsettled = { stepId: id, finding, indexesBefore };
  if (state === 'undoing') {
    await takeBack(run, unsettled);
    return endAs(run, journaled, 'rejected', 'removed', finding.reason);
  }
  const settled = await settleIndex(run, unsettled, []);
  return describe(journaled, settled.status === 'applied' ? 'kept' : 'removed', settled.reason);
}

async function endAs(
  run: Run,
  journaled: JournalStep,
  state: 'applied' | 'rejected' | 'undone',
  outcome: RecoveredStep['outcome'],
  reason: string,
): Promise<RecoveredStep> {
  const finding: Finding =
    state === 'applied' ? { ...journaled.finding, status: 'applied' } : journaled.finding;
  await run.journal.endStep(journaled.id, state, finding, `after a kill: ${reason}`);
  return describe(journaled, outcome, reason);
}

function describe(
  { runId, finding: { step } }: JournalStep,
  outcome: RecoveredStep['outcome'],
  reason: string,
): RecoveredStep {
  const index = 'index' in step ? step.index : null;
  return { runId, table: step.table, index, outcome, reason };
}
