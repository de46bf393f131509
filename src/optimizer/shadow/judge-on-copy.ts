import { formatNumber } from '../../output/text.ts';
import { ScalectlError } from '../../errors.ts';
import { isConnectionLost } from '../apply/journaled.ts';
import { explainQuery } from '../explain.ts';
import type { TableAccess } from '../explain.ts';
import type { StatementEvidence } from '../findings.ts';
import type { Run } from '../run.ts';
import type { Table } from '../schema.ts';
import type { IndexFinding } from '../settle.ts';
import { Refusal } from '../sql/refusal.ts';
import { readQuery } from '../sql/query.ts';
import { stepSql } from '../steps.ts';
import { handlerReads } from './handler-reads.ts';
import { onCopy } from './rewrite.ts';

/** Fewer reads are within what chance makes of a sample. */
const leastReads = 1000;
/** An index that leaves more than one read in so many cannot halve the time, whatever gain is asked for. */
const mostGain = 2;

/**
 * Judges an index for a large table on a copy of some of its rows, before it is built on the table itself. It is
 * rejected only when it is hopeless for every statement that asks for it: each reads this table alone and whole (no
 * LIMIT), the server does not take the index on the copy, and made to take it, it neither finds all columns in it nor
 * is spared a sort, and still reads at least half of what it reads without. A join is not judged: in a sample, rows
 * have lost their partners.
 * @returns the finding, `rejected` when it is hopeless; else to be tried on the table
 */
export async function judgeOnCopy(
  run: Run,
  runId: number,
  finding: IndexFinding,
  table: Table,
): Promise<IndexFinding> {
  const { shadowCopy, shadowFrom } = run.settings;
  const isDue = shadowCopy && finding.rule === 'missing-index' && table.rows >= shadowFrom;
  if (!isDue || !finding.evidence.statements.every((each) => isJudgeable(run, table, each))) {
    return finding;
  }
  const judged = await run.budget.spend(() => judgeOrLeave(run, finding, table), 'preliminary');
  if (judged.status === 'rejected') {
    const stepId = await run.journal.beginStep(runId, judged, table);
    await run.journal.endStep(stepId, 'rejected', judged, judged.reason);
  }
  return judged;
}

/** Trouble with the copy says nothing about the index: it is tried on the table. */
async function judgeOrLeave(run: Run, finding: IndexFinding, table: Table): Promise<IndexFinding> {
  try {
    return await judge(run, finding, table);
  } catch (error) {
    if (run.signal.aborted) return finding;
    if (!(error instanceof ScalectlError) || isConnectionLost(error)) throw error;
    run.shadows.giveUp(table, { reason: error.message, isTold: true });
    return withWhy(finding, error.message);
  }
}

async function judge(run: Run, finding: IndexFinding, table: Table): Promise<IndexFinding> {
  const copy = await run.shadows.of(table);
  if ('reason' in copy) return copy.isTold ? withWhy(finding, copy.reason) : finding;
  run.onProgress(`judging an index on a copy of ${table.name}`);
  const onCopyOf = { ...finding.step, table: copy.name };
  const { database, signal } = run;
  const change = async (sql: readonly string[]): Promise<void> => {
    await database.define(`/* scalectl:optimize-db */ ${sql.join('')}`, { signal });
  };
  await change(stepSql(onCopyOf));
  const reads: Reads[] = [];
  for (const evidence of finding.evidence.statements) {
    const counted = await readsWhereHopeless(run, copy.name, finding, table, evidence);
    if (counted === null) break;
    reads.push(counted);
  }
  await change(stepSql({ ...onCopyOf, kind: 'drop-index', coveredBy: null }));
  const [worst] = [...reads].sort((a, b) => a.forced / a.without - b.forced / b.without);
  if (!worst || reads.length < finding.evidence.statements.length) return finding;
  const figures = `${formatNumber(worst.forced)} reads with it, ${formatNumber(worst.without)} without`;
  const statements = finding.evidence.statements.map((each) => ({ ...each, isChosen: false }));
  return {
    ...finding,
    status: 'rejected',
    evidence: { ...finding.evidence, statements },
    reason: `judged on a copy of ${formatNumber(copy.rows)} rows: the optimizer does not take it by itself, and made to, saves too little (${figures})`,
  };
}

function withWhy(finding: IndexFinding, why: string): IndexFinding {
  return { ...finding, reason: `${finding.reason}; not judged on a copy first: ${why}` };
}

interface Reads {
  readonly forced: number;
  readonly without: number;
}

/** null when the index may be of use to the statement, or that cannot be told. */
async function readsWhereHopeless(
  run: Run,
  copy: string,
  { step }: IndexFinding,
  table: Table,
  evidence: StatementEvidence,
): Promise<Reads | null> {
  const query = judgeable(run, table, evidence);
  const usual = query && onCopy(query, copy);
  const made = query && onCopy(query, copy, step.index);
  if (!query || usual === null || made === null) return null;
  const { session, database, settings, signal } = run;
  const limits = { timeoutMs: settings.statementTimeout, signal };
  const explain = (text: string): Promise<TableAccess[]> =>
    explainQuery(session, database.flavor, { ...query, text }, limits);
  await session.write('/* scalectl:optimize-db */ START TRANSACTION READ ONLY');
  try {
    const plan = await explain(usual);
    const names = plan.flatMap(({ key }) => key?.split(/[,|]/) ?? []);
    if (names.includes(step.index)) return null;
    const forcedPlan = await explain(made);
    const isSpared = (what: 'sorts' | 'usesTemporary'): boolean =>
      plan.some((access) => access[what]) && !forcedPlan.some((access) => access[what]);
    if (forcedPlan.some(({ isCovering }) => isCovering)) return null;
    if (isSpared('sorts') || isSpared('usesTemporary')) return null;
    const without = await handlerReads(session, usual, limits);
    const forced = await handlerReads(session, made, limits);
    const isMuch = Math.min(forced, without) >= leastReads;
    return isMuch && forced * Math.min(settings.minGain, mostGain) >= without
      ? { forced, without }
      : null;
  } catch (error) {
    const isAboutStatement =
      error instanceof ScalectlError &&
      ['statement-failed', 'statement-timeout'].includes(error.code);
    if (!isAboutStatement || signal.aborted) throw error;
    return null;
  } finally {
    await session.write('/* scalectl:optimize-db */ ROLLBACK');
  }
}

function isJudgeable(run: Run, table: Table, evidence: StatementEvidence): boolean {
  return judgeable(run, table, evidence) !== null;
}

/** The statement against this table alone; null for one of several tables, with a LIMIT, or not understood. */
function judgeable(
  { database }: Run,
  table: Table,
  { statement }: StatementEvidence,
): ReturnType<typeof readQuery> | null {
  try {
    const schema = {
      database: database.target.database,
      tables: new Map([[table.name, table]]),
    };
    const query = readQuery(statement, schema);
    return query.limit === null && onCopy(query, 'a') !== null ? query : null;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return null;
  }
}
