import { formatNumber } from '../../output/text.ts';
import { noEvidence } from '../findings.ts';
import type { Finding, Step } from '../findings.ts';
import type { Table } from '../schema.ts';
import { rollbackSql, stepSql } from '../steps.ts';
import type { Rule } from './rule.ts';

/** Smaller tables are read whole anyway. */
const leastRows = 1000;
/** InnoDB counts again by itself when a tenth has changed; half is told only where that is switched off or late. */
const staleShare = 0.5;

/**
 * Tables whose index statistics are missing or stale, so that the optimizer chooses by wrong numbers. InnoDB keeps
 * its estimate of the rows up to date, and the distinct values as they were when it last looked. How many rows there
 * were then it tells accounts that may read its statistics; for others the distinct values of a UNIQUE index stand in.
 */
export const statistics: Rule = {
  name: 'statistics',
  find: ({ schema }) =>
    [...schema.tables.values()].flatMap((table) => {
      const reason = table.rows >= leastRows ? whatIsWrong(table) : null;
      return reason === null ? [] : [toFinding(table, reason)];
    }),
};

function whatIsWrong(table: Table): string | null {
  const searchable = table.indexes.filter((index) => index.type === 'BTREE');
  if (searchable.length === 0) return null;
  if (searchable.every((index) => index.cardinality === null)) {
    return 'its indexes have no statistics';
  }
  if (table.analyzedRows !== null) return describeChange(table, table.analyzedRows);
  const counted = searchable
    .filter((index) => index.isUnique && !hasNullableColumn(table, index.parts))
    .map((index) => index.cardinality ?? 0);
  if (counted.length === 0) return null;
  return describeChange(table, Math.max(...counted));
}

function describeChange({ rows }: Table, then: number): string | null {
  if (then >= rows * staleShare) return null;
  return `its statistics are from when it had about ${formatNumber(then)} rows; now it has about ${formatNumber(rows)}`;
}

/** A UNIQUE index takes any number of NULLs, which count as one value. */
function hasNullableColumn(table: Table, parts: Table['indexes'][number]['parts']): boolean {
  return parts.some(
    (part) => table.columns.find((column) => column.name === part.column)?.isNullable !== false,
  );
}

function toFinding(table: Table, reason: string): Finding {
  const step: Step = { kind: 'analyze', table: table.name };
  return {
    id: `statistics ${table.name}`,
    rule: 'statistics',
    table: table.name,
    index: null,
    columns: [],
    status: 'proposed',
    reason,
    evidence: noEvidence,
    sql: stepSql(step),
    rollback: rollbackSql(step),
    step,
  };
}
