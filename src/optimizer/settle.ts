import { removeIndex, restoreLost } from './change.ts';
import { toStatementEvidence } from './evidence/statements.ts';
import type { JudgedStatement } from './evidence/statements.ts';
import type { Finding, Step } from './findings.ts';
import { inspectSchema, inspectTable } from './inspect.ts';
import { proveIndex } from './proof.ts';
import type { Proof } from './proof.ts';
import type { Run } from './run.ts';
import type { Index, Table } from './schema.ts';
import { rememberStart } from './watch/remember.ts';

export type AddIndex = Extract<Step, { kind: 'add-index' }>;
export type IndexFinding = Finding & { step: AddIndex };

/** An index that was added and has no last word yet. */
export interface Unsettled {
  readonly stepId: number;
  readonly finding: IndexFinding;
  readonly indexesBefore: readonly Index[];
}

/**
 * Decides about an added index: keeps it when it is proven (or serves a foreign key, which needs no proof), else
 * takes it back; writes the decision into the journal. When the run is stopped before the proof has ended, the index
 * is taken back and the finding stays as it was.
 * @param others further statements of the workload, which may suffer from the index
 */
export async function settleIndex(
  run: Run,
  unsettled: Unsettled,
  others: readonly JudgedStatement[],
): Promise<Finding> {
  const { stepId, finding, indexesBefore } = unsettled;
  const table = await liveTable(run, finding.step.table);
  if (table) await restoreLost(run.database, table, indexesBefore);
  if (finding.rule === 'foreign-key-without-index') {
    return end(run, stepId, { ...finding, status: 'applied' }, 'applied', finding.reason);
  }
  await run.journal.setState(stepId, 'proving', finding);
  const { isUntouched, refusals } = run.budget;
  let proof: Proof;
  try {
    proof = await run.budget.spend(() => prove(run, finding, others));
  } catch (error) {
    if (!run.signal.aborted) throw error;
    await takeBack(run, unsettled);
    return end(run, stepId, finding, 'undone', 'the run was stopped before it was proven');
  }
  const { statements, gain, control } = proof;
  const evidence = { statements, gain, control };
  // With a whole budget to itself it would fare no better in the next run.
  const isCutShort = gain === null && !isUntouched && run.budget.refusals > refusals;
  if (isCutShort || proof.outcome === 'later') {
    await takeBack(run, unsettled);
    const why = isCutShort ? 'no time was left to prove it (optimizer.maxTime)' : proof.reason;
    const left = { ...finding, evidence, reason: `${finding.reason}; ${why}` };
    return end(run, stepId, left, 'undone', why);
  }
  if (proof.outcome === 'keep') {
    const kept = { ...finding, evidence, status: 'applied' as const };
    await rememberStart(run, stepId);
    return end(
      run,
      stepId,
      { ...kept, reason: `${finding.reason}; ${proof.reason}` },
      'applied',
      proof.reason,
    );
  }
  const rejected = { ...finding, evidence, status: 'rejected' as const, reason: proof.reason };
  await run.journal.setState(stepId, 'undoing', rejected);
  await takeBack(run, unsettled);
  return end(run, stepId, rejected, 'rejected', proof.reason);
}

/** Removes an index that is not to stay, and what its making changed. */
export async function takeBack(run: Run, { finding, indexesBefore }: Unsettled): Promise<void> {
  const table = await liveTable(run, finding.step.table);
  if (table?.indexes.some((index) => index.name === finding.step.index)) {
    await removeIndex(run.database, table, finding.step, indexesBefore);
  }
}

/** Proves an index once more that was kept before: what it decides is not carried out. */
export function proveAgain(run: Run, finding: IndexFinding): Promise<Proof> {
  return run.budget.spend(() => prove(run, finding, []));
}

async function prove(
  run: Run,
  { step, evidence }: IndexFinding,
  others: readonly JudgedStatement[],
): Promise<Proof> {
  const { session, database, settings, budget, onProgress, signal } = run;
  const { flavor, target } = database;
  const known = new Set(evidence.statements.map(({ statement }) => statement));
  const touching = others.filter(
    ({ statement, query }) =>
      !known.has(statement.text) && query.tables.some(({ table }) => table.name === step.table),
  );
  return proveIndex(
    {
      session,
      flavor,
      schema: await inspectSchema(session, { database: target.database, flavor, signal }),
      minGain: settings.minGain,
      pairs: settings.proofPairs,
      statementTimeoutMs: settings.statementTimeout,
      limitMs: settings.proofTime,
      budget,
      onProgress,
      signal,
    },
    { table: step.table, name: step.index },
    evidence.statements,
    touching.map(toStatementEvidence),
  );
}

export function liveTable(run: Run, table: string): Promise<Table | undefined> {
  const { session, database } = run;
  const { flavor, target } = database;
  return inspectTable(session, { database: target.database, flavor }, table);
}

async function end(
  run: Run,
  stepId: number,
  finding: Finding,
  state: 'applied' | 'rejected' | 'undone',
  message: string,
): Promise<Finding> {
  await run.journal.endStep(stepId, state, finding, message);
  return finding;
}
