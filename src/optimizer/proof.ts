import type { Flavor } from '../database/flavor.ts';
import { quoteName } from '../database/identifiers.ts';
import type { Session } from '../database/types.ts';
import { describePlan, explainQuery } from './explain.ts';
import type { TableAccess } from './explain.ts';
import type { StatementEvidence } from './findings.ts';
import { judgeProof } from './judge-proof.ts';
import type { Verdict } from './judge-proof.ts';
import type { ProofBudget } from './proof-budget.ts';
import type { Schema } from './schema.ts';
import { readQuery } from './sql/query.ts';
import type { Query } from './sql/query.ts';
import { Refusal } from './sql/refusal.ts';
import { timePairs } from './time-pairs.ts';
import { StatementTimer } from './timing.ts';

export interface ProofContext {
  readonly session: Session;
  readonly flavor: Flavor;
  /** The schema with the new index in it. */
  readonly schema: Schema;
  readonly minGain: number;
  readonly pairs: number;
  readonly statementTimeoutMs: number;
  /** Time on the server for all statements of one index together. */
  readonly limitMs: number;
  /** What the run may still spend on proofs. */
  readonly budget: ProofBudget;
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Proof extends Verdict {
  readonly statements: readonly StatementEvidence[];
}

/** All rows come here to be counted as read: more would fill the memory of a small host. */
const mostRowsReturned = 100_000;

/**
 * Proves an index that is there: asks the optimizer whether it takes it by itself, then runs each statement in
 * pairs, once as it is and once with IGNORE INDEX, in turn, and compares the medians. Statements are read again
 * before: only a pure SELECT is ever executed, in a read-only transaction and under a time limit.
 * @param others statements of the workload that the index was not made for: they may choose it too, and suffer
 */
export async function proveIndex(
  context: ProofContext,
  index: { table: string; name: string },
  evidence: readonly StatementEvidence[],
  others: readonly StatementEvidence[],
): Promise<Proof> {
  const timer = new StatementTimer(context.session, {
    timeoutMs: context.statementTimeoutMs,
    limitMs: context.limitMs,
    budget: context.budget,
    signal: context.signal,
  });
  const measured: StatementEvidence[] = [];
  for (const [i, statement] of [...evidence, ...others].entries()) {
    const isOther = i >= evidence.length;
    const result = await proveStatement(context, index, statement, isOther, timer);
    if (!isOther || result.isChosen === true) measured.push(result);
  }
  return { ...judgeProof(index.name, measured, context.minGain), statements: measured };
}

async function proveStatement(
  context: ProofContext,
  index: { table: string; name: string },
  evidence: StatementEvidence,
  isOther: boolean,
  timer: StatementTimer,
): Promise<StatementEvidence> {
  const { session, flavor, schema } = context;
  let query: Query;
  try {
    query = readQuery(evidence.statement, schema);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...evidence, isChosen: null, note: `not executed: ${error.message}` };
  }
  await session.write('/* scalectl:optimize-db */ START TRANSACTION READ ONLY');
  try {
    const plan = await explainQuery(session, flavor, query, {
      timeoutMs: context.statementTimeoutMs,
      signal: context.signal,
    });
    const isChosen = plan.some(
      (access) =>
        access.key === index.name &&
        access.table !== null &&
        query.tables[access.table]?.table.name === index.table,
    );
    if (!isChosen) return { ...evidence, isChosen };
    if (isOther) {
      const before = await planWithout(context, index, query);
      if (shapeOf(before) === shapeOf(plan) || !isPlanBefore(query, before, evidence.plan)) {
        return { ...evidence, isChosen: false };
      }
    }
    if (rowsReturned(query, plan) > mostRowsReturned) {
      return { ...evidence, isChosen, note: 'not timed: it returns too many rows' };
    }
    const forms = { before: withoutIndex(query, index), after: query.text };
    const onEstimate = (text: string): void =>
      context.onProgress(`proving the index ${index.name} on ${index.table}: ${text}`);
    const measured = await timePairs({ ...context, onEstimate }, forms, timer);
    return { ...evidence, isChosen, ...measured };
  } finally {
    await session.write('/* scalectl:optimize-db */ ROLLBACK');
  }
}

function planWithout(
  { session, flavor, statementTimeoutMs: timeoutMs, signal }: ProofContext,
  index: { table: string; name: string },
  query: Query,
): Promise<TableAccess[]> {
  const text = withoutIndex(query, index);
  return explainQuery(session, flavor, { ...query, text }, { timeoutMs, signal });
}

/** Two indexes that begin alike serve some statements alike; which of them is taken then makes no difference. */
function shapeOf(plan: readonly TableAccess[]): string {
  return JSON.stringify(plan.map((access) => ({ ...access, key: null })));
}

/**
 * Whether a statement that ignores the index is done as it was before there was one. An index hint changes more than
 * the choice of that index: a join that took seconds before is at times done in another, faster order under it, and
 * would seem to suffer from an index that changed nothing for it. Estimated rows move by themselves and do not count.
 */
function isPlanBefore(query: Query, without: readonly TableAccess[], planBefore: string): boolean {
  const withoutRows = (text: string): string => text.replaceAll(/\d[\d,.]* (rows|entries)/g, '$1');
  return withoutRows(describePlan(query, without)) === withoutRows(planBefore);
}

/** At most: a condition that EXPLAIN knows nothing about, and a group, make it fewer. */
function rowsReturned(query: Query, plan: readonly TableAccess[]): number {
  if (query.hasLimit || (query.hasAggregate && query.groupBy.length === 0)) return 1;
  return plan.at(-1)?.examined ?? 0;
}

/** The statement with IGNORE INDEX at every mention of the table. */
export function withoutIndex(query: Query, index: { table: string; name: string }): string {
  const hint = ` IGNORE INDEX (${quoteName(index.name)})`;
  return [...query.tables]
    .filter((entry) => entry.table.name === index.table)
    .sort((a, b) => b.hintOffset - a.hintOffset)
    .reduce(
      (text, { hintOffset }) => text.slice(0, hintOffset) + hint + text.slice(hintOffset),
      query.text,
    );
}
