import { findCandidates } from '../candidates.ts';
import type { Candidate } from '../candidates.ts';
import { toStatementEvidence } from '../evidence/statements.ts';
import type { JudgedStatement } from '../evidence/statements.ts';
import { rowsExamined } from '../explain.ts';
import type { Finding, Step } from '../findings.ts';
import { formatNumber, plural } from '../../output/text.ts';
import { columnsOf, describeParts, isLeftPrefix } from '../index-shape.ts';
import { indexName } from '../index-name.ts';
import type { IndexPart, Table } from '../schema.ts';
import { asOffline, canChangeOnline, rollbackSql, stepSql } from '../steps.ts';
import type { Rule } from './rule.ts';

/**
 * Indexes that statements of the workload would be served by. A proposal is a guess that `apply` proves: the index
 * stays only if the optimizer takes it by itself and a statement gains twice its time.
 */
export const missingIndex: Rule = {
  name: 'missing-index',
  find: ({ statements }) =>
    merge(statements.flatMap(findCandidates))
      .sort((a, b) => b.weight - a.weight)
      .map(toFinding),
};

/** Candidates of several statements that one index serves. */
interface Merged {
  table: Table;
  parts: readonly IndexPart[];
  statements: JudgedStatement[];
  benefits: string[];
  /** Rows read by its statements, all executions together: what there is to gain. */
  weight: number;
}

/** A candidate that begins a longer one is served by that. */
function merge(candidates: readonly Candidate[]): Merged[] {
  const longestFirst = [...candidates].sort((a, b) => b.parts.length - a.parts.length);
  const merged: Merged[] = [];
  for (const candidate of longestFirst) {
    const home = merged.find(
      (other) => other.table === candidate.table && isLeftPrefix(shape(candidate), shape(other)),
    );
    if (!home) {
      merged.push({ ...candidate, statements: [], benefits: [], weight: 0 });
    }
    const entry = home ?? merged.at(-1);
    if (!entry || entry.statements.includes(candidate.statement)) continue;
    entry.statements.push(candidate.statement);
    if (!entry.benefits.includes(candidate.benefit)) entry.benefits.push(candidate.benefit);
    entry.weight +=
      rowsExamined(candidate.statement.plan) * (candidate.statement.statement.count ?? 1);
  }
  return merged;
}

function shape({ parts }: { parts: readonly IndexPart[] }): {
  parts: readonly IndexPart[];
  type: string;
} {
  return { parts, type: 'BTREE' };
}

function toFinding(merged: Merged): Finding {
  const { table, parts, statements } = merged;
  const columns = columnsOf(parts);
  const step: Step = {
    kind: 'add-index',
    table: table.name,
    index: indexName(table, columns),
    parts,
  };
  const isOnline = canChangeOnline(table);
  return {
    id: `missing-index ${table.name} ${describeParts(parts)}`,
    rule: 'missing-index',
    table: table.name,
    index: step.index,
    columns,
    status: isOnline ? 'proposed' : 'review',
    reason: [
      explain(merged),
      ...(isOnline
        ? []
        : [`${table.engine} builds it with the table locked, so choose the time yourself`]),
    ].join('; '),
    evidence: { statements: statements.map(toStatementEvidence), gain: null },
    sql: isOnline ? stepSql(step) : asOffline(stepSql(step)),
    rollback: isOnline ? rollbackSql(step) : asOffline(rollbackSql(step)),
    step: isOnline ? step : null,
  };
}

function explain({ table, parts, statements, benefits }: Merged): string {
  const rows = Math.max(...statements.map((statement) => rowsExamined(statement.plan)));
  const superseded = table.indexes.filter(
    (index) =>
      !index.isUnique &&
      index.parts.length < parts.length &&
      isLeftPrefix(index, { parts, type: 'BTREE' }),
  );
  return [
    `${plural(statements.length, 'statement reads', 'statements read')} up to ${formatNumber(Math.round(rows))} rows; with ${describeParts(parts)} the server ${benefits.join(', and ')}`,
    ...superseded.map((index) => `it makes ${index.name} redundant`),
  ].join('; ');
}
