import { formatMs } from '../../output/text.ts';
import { indexKey } from '../evidence/server-facts.ts';
import type { ServerFacts } from '../evidence/server-facts.ts';
import type { JudgedStatement } from '../evidence/statements.ts';
import { noEvidence } from '../findings.ts';
import type { Finding, Step } from '../findings.ts';
import { columnsOf, foreignKeysLeftWithout, isLeftPrefix } from '../index-shape.ts';
import type { Index, Table } from '../schema.ts';
import { asOffline, canChangeOnline, rollbackSql, stepSql } from '../steps.ts';
import { isUsed } from './low-selectivity.ts';
import type { Rule } from './rule.ts';

/**
 * Indexes that nothing has read for as long as the server counts, on tables that were read meanwhile. Never named:
 * PRIMARY and UNIQUE, what a foreign key needs, what a statement of the workload uses, what a run made or kept not
 * long ago, and an index that shares its beginning with another one, as that is the matter of `redundant-index`.
 */
export const unusedIndex: Rule = {
  name: 'unused-index',
  find: ({ schema, statements, server }) =>
    server?.usage
      ? [...schema.tables.values()].flatMap((table) => unusedOf(table, statements, server))
      : [],
};

function unusedOf(
  table: Table,
  statements: readonly JudgedStatement[],
  server: ServerFacts,
): Finding[] {
  const counted = server.usage?.tables.get(table.name);
  if (!counted || counted.windowMs < server.unusedAfterMs) return [];
  const going: string[] = [];
  for (const index of table.indexes) {
    if (counted.used.has(index.name) || isNeeded(table, index)) continue;
    if (server.settledIndexes.has(indexKey(table.name, index.name))) continue;
    if (isUsed(statements, table, index)) continue;
    // Two indexes may each serve a key for the other: one of them has to stay.
    if (foreignKeysLeftWithout(table, [...going, index.name]).length > 0) continue;
    going.push(index.name);
  }
  const since =
    counted.since === 'server-start'
      ? `since the server started ${formatMs(counted.windowMs)} ago`
      : `since the table was last altered ${formatMs(counted.windowMs)} ago`;
  const reason = `nothing has read it ${since} (${server.usage?.source ?? ''}), while its table was read; each write keeps it up to date. Not seen: reads on replicas, work that comes more seldom, and counters that somebody emptied`;
  return table.indexes
    .filter(({ name }) => going.includes(name))
    .map((index) => toFinding(table, index, reason));
}

/** An index of another type, or on an expression, could not be put back exactly. */
function isNeeded(table: Table, index: Index): boolean {
  return (
    index.isPrimary ||
    index.isUnique ||
    index.isHidden ||
    index.type !== 'BTREE' ||
    index.parts.some(({ column }) => column === null) ||
    table.indexes.some(
      (other) => other !== index && (isLeftPrefix(index, other) || isLeftPrefix(other, index)),
    )
  );
}

function toFinding(table: Table, index: Index, reason: string): Finding {
  const step: Step = {
    kind: 'drop-index',
    table: table.name,
    index: index.name,
    parts: index.parts,
    coveredBy: null,
  };
  const isOnline = canChangeOnline(table);
  return {
    id: `unused-index ${table.name}.${index.name}`,
    rule: 'unused-index',
    table: table.name,
    index: index.name,
    columns: columnsOf(index.parts),
    status: isOnline ? 'proposed' : 'review',
    reason: isOnline
      ? reason
      : `${reason}; ${table.engine} drops it with the table locked, so choose the time yourself`,
    evidence: noEvidence,
    sql: isOnline ? stepSql(step) : asOffline(stepSql(step)),
    rollback: isOnline ? rollbackSql(step) : asOffline(rollbackSql(step)),
    step: isOnline ? step : null,
  };
}
