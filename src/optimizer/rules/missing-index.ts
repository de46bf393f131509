import { findCandidates } from '../candidates.ts';
import { mergeCandidates } from '../merge-candidates.ts';
import type { Merged } from '../merge-candidates.ts';
import { toStatementEvidence } from '../evidence/statements.ts';
import { rowsExamined } from '../explain.ts';
import type { Finding, Step } from '../findings.ts';
import { formatNumber, plural } from '../../output/text.ts';
import { columnsOf, describeParts, isLeftPrefix } from '../index-shape.ts';
import { indexName } from '../index-name.ts';
import { asOffline, canChangeOnline, rollbackSql, stepSql } from '../steps.ts';
import type { Rule } from './rule.ts';

/**
 * Indexes that statements of the workload would be served by. A proposal is a guess that `apply` proves: the index
 * stays only if the optimizer takes it by itself and a statement gains twice its time.
 */
export const missingIndex: Rule = {
  name: 'missing-index',
  find: ({ statements }) =>
    mergeCandidates(statements.flatMap(findCandidates))
      .sort((a, b) => Number(a.isFollowing) - Number(b.isFollowing) || b.weight - a.weight)
      .map(toFinding),
};

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
