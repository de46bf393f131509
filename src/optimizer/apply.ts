import { isServerError, serverErrorNumber } from '../database/server-errors.ts';
import { ScalectlError } from '../errors.ts';
import { describeBlockers } from './blockers.ts';
import { alterOnline, findAdded } from './change.ts';
import type { JudgedStatement } from './evidence/statements.ts';
import type { Finding, Step } from './findings.ts';
import { describeParts, isLeftPrefix } from './index-shape.ts';
import { indexName } from './index-name.ts';
import { inspectSchema } from './inspect.ts';
import { judgePartitions } from './partitions/judge.ts';
import { summarize } from './plan.ts';
import type { Plan, PlanResult } from './plan.ts';
import { proveRewrite } from './prove-rewrite.ts';
import type { RecoveredStep } from './recover.ts';
import { redundantIndex } from './rules/redundant-index.ts';
import type { Run } from './run.ts';
import { findColumn } from './schema.ts';
import type { Table } from './schema.ts';
import { liveTable, settleIndex, takeBack } from './settle.ts';
import type { AddIndex } from './settle.ts';
import { rollbackSql, stepSql } from './steps.ts';
import { recheckUnused, whyNotDrop, whyNotDropUnused } from './why-not-drop.ts';

/** What `optimize-db --json` prints: the plan, with statuses as they are after the run. */
export interface RunResult extends PlanResult {
  readonly runId: number;
  /** What earlier runs were killed in, and what became of it. */
  readonly recovered: readonly RecoveredStep[];
}

export interface ApplyOptions {
  /** Also drop redundant indexes: those of the plan, and those that an index added now makes redundant. */
  readonly dropRedundant: boolean;
  /** Also drop indexes of the plan that nothing has used. */
  readonly dropUnused: boolean;
}

/** A finding as it is ready to be applied. */
type Applicable = Finding & { step: Step };

/**
 * Applies what a plan proposes, one step after the other: statistics, then new indexes, each proven before the next
 * is tried, then drops. Each step is checked against the schema as it is at that moment. What was done stays when the
 * run is stopped; an index that is not yet proven is taken back.
 */
export async function applyPlan(
  run: Run,
  plan: Pick<Plan, 'result' | 'statements'>,
  recovered: readonly RecoveredStep[],
  options: ApplyOptions,
): Promise<RunResult> {
  const runId = await run.journal.openRun();
  const findings: Finding[] = [];
  let tried = 0;
  for (const finding of plan.result.findings) {
    const { step } = finding;
    if (
      finding.status !== 'proposed' ||
      !step ||
      step.kind === 'drop-index' ||
      run.signal.aborted
    ) {
      findings.push(finding);
      continue;
    }
    const isTrial = finding.rule === 'missing-index';
    if (isTrial && tried >= run.settings.maxIndexes) {
      findings.push({ ...finding, reason: `${finding.reason}; left for the next run` });
      continue;
    }
    if (isTrial) tried += 1;
    findings.push(await applyStep(run, runId, { ...finding, step }, plan.statements));
  }
  const { signal, session, database } = run;
  const context = { database: database.target.database, flavor: database.flavor };
  const schema = await inspectSchema(session, context);
  // An index that was added can make another one redundant: told now, so that the next run has nothing new to say.
  const now = redundantIndex.find({ schema, statements: plan.statements });
  const told = [
    ...findings.filter(
      (finding) => finding.rule !== 'redundant-index' || !finding.step || isStillTrue(finding, now),
    ),
    ...now.filter((finding) => isNew(finding, findings) && isMadeByRun(finding, findings)),
  ];
  const settled: Finding[] = [];
  const due = options.dropUnused && !signal.aborted ? await recheckUnused(run, told) : told;
  for (const finding of due) {
    const { step } = finding;
    const isDue =
      (finding.rule === 'unused-index' ? options.dropUnused : options.dropRedundant) &&
      finding.status === 'proposed' &&
      step?.kind === 'drop-index' &&
      !signal.aborted;
    if (isDue) settled.push(await applyStep(run, runId, { ...finding, step }, plan.statements));
    else if (isUnprovenRewrite(finding) && !signal.aborted) {
      run.onProgress(`timing a rewritten statement on ${finding.table}`);
      settled.push(await proveRewrite(run, finding));
    } else settled.push(finding);
  }
  await run.journal.closeRun(runId, signal.aborted ? 'interrupted' : 'done');
  const partitions = judgePartitions(schema);
  return {
    ...plan.result,
    findings: settled,
    partitions,
    summary: summarize(
      schema.tables.size,
      settled,
      partitions,
      plan.result.summary.unused !== null,
    ),
    runId,
    recovered,
  };
}

function isUnprovenRewrite({ rule, sql, status }: Finding): boolean {
  return rule === 'query-rewrite' && sql.length > 0 && status === 'review';
}

function isStillTrue(finding: Finding, now: readonly Finding[]): boolean {
  return finding.status !== 'proposed' || now.some(({ id }) => id === finding.id);
}

function isNew(finding: Finding, findings: readonly Finding[]): boolean {
  return !findings.some(({ id }) => id === finding.id);
}

/** Nothing is dropped that was neither shown nor caused by this run. */
function isMadeByRun({ step }: Finding, findings: readonly Finding[]): boolean {
  return findings.some(
    (finding) =>
      finding.status === 'applied' &&
      step?.kind === 'drop-index' &&
      finding.step?.kind === 'add-index' &&
      finding.step.table === step.table &&
      finding.index === step.coveredBy,
  );
}

async function applyStep(
  run: Run,
  runId: number,
  finding: Applicable,
  statements: readonly JudgedStatement[],
): Promise<Finding> {
  const { step } = finding;
  const table = await liveTable(run, step.table);
  if (!table) return { ...finding, status: 'blocked', reason: 'the table is gone' };
  switch (step.kind) {
    case 'analyze':
      return analyze(run, runId, { ...finding, step }, table);
    case 'add-index':
      return addIndex(run, runId, { ...finding, step }, table, statements);
    case 'drop-index':
      return dropIndex(run, runId, { ...finding, step }, table);
  }
}

async function analyze(
  run: Run,
  runId: number,
  finding: Applicable,
  table: Table,
): Promise<Finding> {
  run.onProgress(`analyzing ${table.name}`);
  return journaled(run, runId, finding, table, async () => {
    const rows = await alterOnline(run.database, finding.sql[0] ?? '', 'usual', {
      signal: run.signal,
    });
    const failed = rows.find((row) => /error/i.test(String(row['Msg_type'])));
    if (failed) throw new ScalectlError('statement-failed', String(failed['Msg_text']));
  });
}

async function addIndex(
  run: Run,
  runId: number,
  proposed: Finding & { step: AddIndex },
  table: Table,
  statements: readonly JudgedStatement[],
): Promise<Finding> {
  const problem = whyNotAdd(table, proposed.step);
  if (problem) return { ...proposed, ...problem };
  const finding = withFreeName(proposed, table);
  const { step } = finding;
  const name = `${table.name} ${describeParts(step.parts)}`;
  run.onProgress(`building an index on ${name}`);
  const stepId = await run.journal.beginStep(runId, finding, table);
  const unsettled = { stepId, finding, indexesBefore: table.indexes };
  try {
    await alterOnline(run.database, finding.sql[0] ?? '', 'usual', { signal: run.signal });
  } catch (error) {
    if (isConnectionLost(error)) throw error;
    // Stopped a moment too late, the server may have finished it.
    await takeBack(run, unsettled);
    return endFailed(run, stepId, finding, error);
  }
  run.onProgress(`proving the index on ${name}`);
  return settleIndex(run, unsettled, statements);
}

function whyNotAdd(table: Table, step: AddIndex): Pick<Finding, 'status' | 'reason'> | null {
  const missing = step.parts.find((part) => !findColumn(table, part.column ?? ''));
  if (missing) {
    return { status: 'blocked', reason: `the column ${missing.column ?? ''} is gone` };
  }
  if (findAdded(table, step)) return { status: 'applied', reason: 'it is there already' };
  const server = table.indexes.find(
    (index) => !index.isHidden && isLeftPrefix({ parts: step.parts, type: 'BTREE' }, index),
  );
  return server
    ? { status: 'rejected', reason: `${server.name} ${describeParts(server.parts)} serves it` }
    : null;
}

/** Another index may have taken the name since. */
function withFreeName(
  finding: Finding & { step: AddIndex },
  table: Table,
): Finding & { step: AddIndex } {
  if (!table.indexes.some((index) => index.name === finding.step.index)) return finding;
  const step = { ...finding.step, index: indexName(table, finding.columns) };
  return { ...finding, step, index: step.index, sql: stepSql(step), rollback: rollbackSql(step) };
}

async function dropIndex(
  run: Run,
  runId: number,
  finding: Finding & { step: Extract<Step, { kind: 'drop-index' }> },
  table: Table,
): Promise<Finding> {
  const problem =
    finding.rule === 'unused-index'
      ? await whyNotDropUnused(run, table, finding.step)
      : whyNotDrop(table, finding.step);
  if (problem) return { ...finding, ...problem };
  run.onProgress(`dropping ${finding.step.index} of ${table.name}`);
  return journaled(run, runId, finding, table, async () => {
    await alterOnline(run.database, finding.sql[0] ?? '', 'usual', { signal: run.signal });
  });
}

/** A step without a trial: it is done when its statement is done. */
async function journaled(
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

async function endFailed(
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
  if (isServerError(error, 'lockWaitTimeout')) {
    const { database } = run.database.target;
    const blockers = await describeBlockers(run.session, { database, table });
    return `the table stayed in use; it was tried several times, for one second each, and nothing was changed: ${blockers}`;
  }
  if (error instanceof ScalectlError && serverErrorNumber(error) !== null) return error.message;
  throw error;
}

/** Whether the statement was done is not known: the next run looks. */
function isConnectionLost(error: unknown): boolean {
  return error instanceof ScalectlError && error.code === 'database-unreachable';
}
