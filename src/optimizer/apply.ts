import { addIndex } from './apply/add-index.ts';
import { analyze } from './apply/analyze.ts';
import { dropIndex } from './apply/drop-index.ts';
import type { Applicable } from './apply/journaled.ts';
import { rebuild } from './apply/rebuild.ts';
import type { JudgedStatement } from './evidence/statements.ts';
import type { Finding } from './findings.ts';
import { inspectSchema } from './inspect.ts';
import { revertAll } from './watch/revert.ts';
import type { Judged } from './watch/judge-applied.ts';
import { judgePartitions } from './partitions/judge.ts';
import type { PartitionVerdict } from './partitions/judge.ts';
import { summarize } from './plan.ts';
import type { Plan, PlanResult } from './plan.ts';
import { proveRewrite } from './prove-rewrite.ts';
import type { RecoveredStep } from './recover.ts';
import { redundantIndex } from './rules/redundant-index.ts';
import type { Run } from './run.ts';
import { partnerKeptLater } from './second-trial.ts';
import { liveTable } from './settle.ts';
import { recheckUnused } from './why-not-drop.ts';

/** What `optimize-db --json` prints: the plan, with statuses as they are after the run. */
export interface RunResult extends PlanResult {
  /** Of all indexes when the run began; `summary.indexBytes` is that at its end. */
  readonly indexBytesBefore: number;
  readonly runId: number;
  /** What earlier runs were killed in, and what became of it. */
  readonly recovered: readonly RecoveredStep[];
}

export interface ApplyOptions {
  /** Also drop redundant indexes: those of the plan, and those that an index added now makes redundant. */
  readonly dropRedundant: boolean;
  /** Indexes of earlier runs to take back, as they slow statements down. */
  readonly reverts: readonly Judged[];
  /** Also drop indexes of the plan that nothing has used. */
  readonly dropUnused: boolean;
}

/** With less time than this an index would be built and taken back for nothing. */
const leastProofMs = 500;

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
  const { summary } = plan.result;
  const findings: Finding[] = [];
  let tried = 0;
  for (const finding of await revertAll(run, runId, plan.result.findings, options.reverts)) {
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
    if (isTrial && run.budget.remainingMs < leastProofMs) {
      const why = 'left for the next run, as the time for proofs is spent (optimizer.maxTime)';
      findings.push({ ...finding, reason: `${finding.reason}; ${why}` });
      continue;
    }
    if (isTrial) tried += 1;
    findings.push(await applyStep(run, runId, { ...finding, step }, plan.statements));
  }
  await tryAgain(run, runId, plan, findings, run.settings.maxIndexes - tried);
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
  const partitions = judgePartitions(schema).map((verdict) => withPlannedSql(verdict, plan.result));
  return {
    ...plan.result,
    findings: settled,
    partitions,
    summary: summarize(schema, settled, partitions, plan.result.summary.unused !== null),
    indexBytesBefore: summary.indexBytes,
    runId,
    recovered,
  };
}

/**
 * Tries those once more that were rejected before a partner of theirs was kept, and puts what comes of it in their
 * place. Each is tried from its proposal: figures of the first trial say nothing about the second.
 * @param most trials that the run has left
 */
async function tryAgain(
  run: Run,
  runId: number,
  { result, statements }: Pick<Plan, 'result' | 'statements'>,
  findings: Finding[],
  most: number,
): Promise<void> {
  let left = most;
  for (const [i, rejected] of [...findings.entries()]) {
    const partner = partnerKeptLater(findings, rejected);
    const proposed = result.findings.find(({ id }) => id === rejected.id);
    // What an earlier run rejected was not shown as to be tried.
    if (partner === null || proposed?.status !== 'proposed' || !proposed.step || left <= 0)
      continue;
    if (run.signal.aborted || run.budget.remainingMs < leastProofMs) return;
    left -= 1;
    const reason = `${proposed.reason}; tried again beside ${partner}`;
    const again = { ...proposed, step: proposed.step, reason };
    const settled = await applyStep(run, runId, again, statements);
    findings[i] = settled.status === 'proposed' ? rejected : settled;
  }
}

/** Indexes of the run change no conversion: its statements are those of the plan. */
function withPlannedSql(verdict: PartitionVerdict, { partitions }: PlanResult): PartitionVerdict {
  const planned = partitions.find(({ table }) => table === verdict.table);
  return verdict.eligible && planned ? { ...verdict, sql: planned.sql } : verdict;
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
    case 'rebuild':
      return rebuild(run, runId, { ...finding, step }, table);
    case 'add-index':
      return addIndex(run, runId, { ...finding, step }, table, statements);
    case 'drop-index':
      return dropIndex(run, runId, { ...finding, step }, table);
  }
}
