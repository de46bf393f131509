import { noEvidence } from '../findings.ts';
import type { Finding, Step } from '../findings.ts';
import {
  columnsOf,
  describeParts,
  foreignKeysLeftWithout,
  isLeftPrefix,
  isSameShape,
} from '../index-shape.ts';
import { primaryKeyOf } from '../schema.ts';
import type { Index, Table } from '../schema.ts';
import type { JudgedStatement } from '../evidence/statements.ts';
import { asOffline, canChangeOnline, rollbackSql, stepSql } from '../steps.ts';
import type { Rule } from './rule.ts';

/**
 * Indexes whose work another index does. Proposed to be dropped: a plain index with the columns of another one, and
 * a left prefix of a longer plain one. Only told (`review`): a UNIQUE that repeats another, as it is a constraint;
 * a left prefix of a longer UNIQUE or of the primary key, which is narrower to scan; an index that begins with the
 * columns of a UNIQUE, which may be there to cover a query. PRIMARY is never named.
 */
export const redundantIndex: Rule = {
  name: 'redundant-index',
  find: ({ schema, statements }) =>
    [...schema.tables.values()].flatMap((table) => redundantOf(table, statements)),
};

function redundantOf(table: Table, statements: readonly JudgedStatement[]): Finding[] {
  const judged = table.indexes.flatMap((index) => judge(table, index, statements) ?? []);
  const dropped = judged.filter(({ isSafe }) => isSafe).map(({ index }) => index.name);
  return judged
    .map((entry) => coveredByOneThatStays(table, entry, judged, statements))
    .filter(({ index }) => foreignKeysLeftWithout(table, [...dropped, index.name]).length === 0)
    .map((entry) => toFinding(table, entry));
}

interface Redundant {
  index: Index;
  coveredBy: Index;
  reason: string;
  isSafe: boolean;
}

function judge(
  table: Table,
  index: Index,
  statements: readonly JudgedStatement[],
): Redundant | null {
  if (index.isPrimary) return null;
  const same = repeatedBy(table, index);
  if (same) return ofSameShape(index, same);
  if (index.isUnique) return null;
  const others = table.indexes.filter(
    (other) => other !== index && !other.isHidden && !repeatedBy(table, other),
  );
  const longer = pickLongest(others.filter((other) => isLeftPrefix(index, other)));
  if (longer) return ofLeftPrefix(table, index, longer, statements);
  const unique = others.find((other) => other.isUnique && isLeftPrefix(other, index));
  return unique
    ? {
        index,
        coveredBy: unique,
        isSafe: false,
        reason: `${nameOf(unique)} already finds one row; ${describeParts(index.parts)} is worth its place only where it holds all that a query reads`,
      }
    : null;
}

/** What covers an index may itself be covered, and go: then what covers that one covers both. */
function coveredByOneThatStays(
  table: Table,
  entry: Redundant,
  judged: readonly Redundant[],
  statements: readonly JudgedStatement[],
): Redundant {
  const { index } = entry;
  let { coveredBy } = entry;
  for (;;) {
    const going = judged.find((other) => other.isSafe && other.index === coveredBy);
    if (!going) break;
    coveredBy = going.coveredBy;
  }
  if (coveredBy === entry.coveredBy) return entry;
  return isSameShape(index, coveredBy)
    ? ofSameShape(index, coveredBy)
    : ofLeftPrefix(table, index, coveredBy, statements);
}

/** The index with the same columns that stays when this one goes. */
function repeatedBy(table: Table, index: Index): Index | undefined {
  return table.indexes.find(
    (other) =>
      other !== index && !other.isHidden && isSameShape(index, other) && isKeptBefore(other, index),
  );
}

function ofSameShape(index: Index, same: Index): Redundant {
  const reason = `the same columns as ${nameOf(same)}`;
  return index.isUnique
    ? {
        index,
        coveredBy: same,
        isSafe: false,
        reason: `${reason}; a UNIQUE is a constraint, so it is only told`,
      }
    : { index, coveredBy: same, isSafe: true, reason };
}

function ofLeftPrefix(
  table: Table,
  index: Index,
  longer: Index,
  statements: readonly JudgedStatement[],
): Redundant {
  const reason = `${nameOf(longer)} ${describeParts(longer.parts)} begins with the same columns`;
  const redundant = { index, coveredBy: longer, isSafe: false };
  if (longer.isUnique) {
    return { ...redundant, reason: `${reason}; it is wider, so a scan of it reads more` };
  }
  const needing = statements.find((statement) => needsRowOrder(statement, table, index));
  if (needing) {
    return {
      ...redundant,
      reason: `${reason}, but the workload reads rows of one value in the order of the primary key: ${needing.statement.text}`,
    };
  }
  return { ...redundant, isSafe: true, reason };
}

/** Within one value InnoDB keeps rows in the order of the primary key; behind a longer index that order is lost. */
function needsRowOrder({ query }: JudgedStatement, table: Table, index: Index): boolean {
  const number = query.tables.findIndex((entry) => entry.table.name === table.name);
  const [first] = primaryKeyOf(table)?.parts ?? [];
  if (number < 0 || !first || !query.hasLimit) return false;
  const [order] = query.orderBy;
  if (order?.column?.table !== number || order.column.column.name !== first.column) return false;
  return index.parts.every((part) =>
    query.conditions.some(
      (condition) =>
        condition.kind === 'equal' &&
        condition.column.table === number &&
        condition.column.column.name === part.column,
    ),
  );
}

/** Of two indexes with the same columns one stays: PRIMARY, then UNIQUE, then the first by name. */
function isKeptBefore(a: Index, b: Index): boolean {
  if (a.isPrimary !== b.isPrimary) return a.isPrimary;
  if (a.isUnique !== b.isUnique) return a.isUnique;
  return a.name < b.name;
}

/** A plain index first, as one can be left out beside it; then the one with the most columns. */
function pickLongest(candidates: readonly Index[]): Index | undefined {
  return [...candidates].sort(
    (a, b) => Number(a.isUnique) - Number(b.isUnique) || b.parts.length - a.parts.length,
  )[0];
}

function nameOf(index: Index): string {
  if (index.isPrimary) return 'the primary key';
  return index.isUnique ? `UNIQUE ${index.name}` : index.name;
}

function toFinding(table: Table, { index, coveredBy, reason, isSafe }: Redundant): Finding {
  const step: Step = {
    kind: 'drop-index',
    table: table.name,
    index: index.name,
    parts: index.parts,
    coveredBy: coveredBy.name,
  };
  const canRollBack = !index.isUnique && index.type === 'BTREE';
  const isOnline = canChangeOnline(table);
  const isProposed = isSafe && canRollBack && isOnline;
  return {
    id: `redundant-index ${table.name}.${index.name}`,
    rule: 'redundant-index',
    table: table.name,
    index: index.name,
    columns: columnsOf(index.parts),
    status: isProposed ? 'proposed' : 'review',
    reason: isOnline
      ? reason
      : `${reason}; ${table.engine} drops it with the table locked, so choose the time yourself`,
    evidence: noEvidence,
    sql: isOnline ? stepSql(step) : asOffline(stepSql(step)),
    rollback: !canRollBack ? [] : isOnline ? rollbackSql(step) : asOffline(rollbackSql(step)),
    step: isProposed ? step : null,
  };
}
