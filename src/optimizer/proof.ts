import type { Flavor } from '../database/flavor.ts';
import { quoteName } from '../database/identifiers.ts';
import type { Session } from '../database/types.ts';
import { formatMs } from '../output/text.ts';
import { explainQuery } from './explain.ts';
import type { TableAccess } from './explain.ts';
import type { StatementEvidence } from './findings.ts';
import { formatGain } from './gain.ts';
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
  /** For all statements of one index together. */
  readonly budgetMs: number;
  readonly signal: AbortSignal;
}

export interface Proof {
  readonly isKept: boolean;
  /** Why, in one sentence. */
  readonly reason: string;
  readonly statements: readonly StatementEvidence[];
  readonly gain: number | null;
}

/** A statement that becomes slower by this factor, and by more than the noise of a short one, speaks against. */
const slowdown = { factor: 1.25, leastMs: 0.5 };
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
  const deadline = performance.now() + context.budgetMs;
  const timer = new StatementTimer(context.session, {
    timeoutMs: context.statementTimeoutMs,
    signal: context.signal,
  });
  const measured: StatementEvidence[] = [];
  for (const [i, statement] of [...evidence, ...others].entries()) {
    const isOther = i >= evidence.length;
    const result = await proveStatement(context, index, statement, isOther, timer, deadline);
    if (!isOther || result.isChosen === true) measured.push(result);
  }
  return judge(index.name, measured, context.minGain);
}

async function proveStatement(
  context: ProofContext,
  index: { table: string; name: string },
  evidence: StatementEvidence,
  isOther: boolean,
  timer: StatementTimer,
  deadline: number,
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
    if (isOther && !(await changesPlan(context, index, query, plan))) {
      return { ...evidence, isChosen: false };
    }
    if (rowsReturned(query, plan) > mostRowsReturned) {
      return { ...evidence, isChosen, note: 'not timed: it returns too many rows' };
    }
    const forms = { before: withoutIndex(query, index), after: query.text };
    return { ...evidence, isChosen, ...(await timePairs(context, forms, timer, deadline)) };
  } finally {
    await session.write('/* scalectl:optimize-db */ ROLLBACK');
  }
}

/** Two indexes that begin alike serve some statements alike; which of them is taken then makes no difference. */
async function changesPlan(
  { session, flavor, statementTimeoutMs: timeoutMs, signal }: ProofContext,
  index: { table: string; name: string },
  query: Query,
  plan: readonly TableAccess[],
): Promise<boolean> {
  const before = await explainQuery(
    session,
    flavor,
    { ...query, text: withoutIndex(query, index) },
    { timeoutMs, signal },
  );
  const shape = (accesses: readonly TableAccess[]): string =>
    JSON.stringify(accesses.map((access) => ({ ...access, key: null })));
  return shape(before) !== shape(plan);
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

function judge(name: string, statements: readonly StatementEvidence[], minGain: number): Proof {
  const timed = statements.filter((statement) => statement.gain !== null);
  const gain = timed.length > 0 ? Math.max(...timed.map((statement) => statement.gain ?? 0)) : null;
  const result = { statements, gain };
  const suffering = timed.find(
    ({ withMs, withoutMs }) =>
      withMs !== null &&
      withoutMs !== null &&
      withMs > withoutMs * slowdown.factor &&
      withMs - withoutMs > slowdown.leastMs,
  );
  if (!statements.some((statement) => statement.isChosen === true)) {
    return { ...result, isKept: false, reason: 'the optimizer does not take it by itself' };
  }
  if (gain === null) {
    return {
      ...result,
      isKept: false,
      reason: 'no statement could be timed, so nothing proves it',
    };
  }
  if (suffering) {
    return {
      ...result,
      isKept: false,
      reason: `with it, a statement takes ${formatMs(suffering.withMs)} instead of ${formatMs(suffering.withoutMs)}`,
    };
  }
  return gain >= minGain
    ? { ...result, isKept: true, reason: `proven: ${formatGain(gain)} with ${name}` }
    : {
        ...result,
        isKept: false,
        reason: `it gains only ${formatGain(gain)}; ${minGain}× is asked for`,
      };
}
