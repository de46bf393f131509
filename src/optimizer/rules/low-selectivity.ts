import { quoteName } from '../../database/identifiers.ts';
import { formatNumber } from '../../output/text.ts';
import type { JudgedStatement } from '../evidence/statements.ts';
import { noEvidence } from '../findings.ts';
import type { Finding } from '../findings.ts';
import { columnsOf, foreignKeysLeftWithout, isLeftPrefix } from '../index-shape.ts';
import type { Index, Table } from '../schema.ts';
import type { Rule } from './rule.ts';

const leastRows = 10_000;
/** With fewer distinct values an average value is more than a tenth of the table: a scan of it is cheaper. */
const mostValues = 10;

/**
 * Indexes that tell few values apart on many rows, and that no judged statement uses. Only told: statistics count
 * values and not how rows spread over them, and a rare value (`status = 'failed'`) is well served.
 */
export const lowSelectivity: Rule = {
  name: 'low-selectivity',
  find: ({ schema, statements }) =>
    [...schema.tables.values()]
      .filter(({ rows }) => rows >= leastRows)
      .flatMap((table) =>
        table.indexes
          .filter((index) => isUnselective(table, index) && !isUsed(statements, table, index))
          .map((index) => toFinding(table, index, statements.length > 0)),
      ),
};

function isUnselective(table: Table, index: Index): boolean {
  const { cardinality } = index;
  if (index.isUnique || index.isHidden || index.type !== 'BTREE') return false;
  if (cardinality === null || cardinality < 1 || cardinality >= mostValues) return false;
  if (foreignKeysLeftWithout(table, [index.name]).length > 0) return false;
  // What another index covers is told as redundant.
  return !table.indexes.some((other) => other !== index && isLeftPrefix(index, other));
}

/** Whether the server uses an index for one of the statements; a merge names several with commas. */
export function isUsed(
  statements: readonly JudgedStatement[],
  table: Table,
  index: Index,
): boolean {
  return statements.some(({ query, plan }) =>
    plan.some(
      (access) =>
        access.table !== null &&
        query.tables[access.table]?.table.name === table.name &&
        access.key?.split(',').includes(index.name) === true,
    ),
  );
}

function toFinding(table: Table, index: Index, isJudged: boolean): Finding {
  const share = formatNumber(Math.round(table.rows / (index.cardinality ?? 1)));
  const use = isJudged
    ? 'no statement of the workload uses it'
    : 'no workload was given to see who uses it';
  return {
    id: `low-selectivity ${table.name}.${index.name}`,
    rule: 'low-selectivity',
    table: table.name,
    index: index.name,
    columns: columnsOf(index.parts),
    status: 'review',
    reason: `${index.name} tells about ${formatNumber(index.cardinality ?? 0)} values apart on about ${formatNumber(table.rows)} rows, so a value stands for ${share} rows on average, and reading the table is cheaper; ${use}; keep it where statements look for a rare value, as the spread is not known`,
    evidence: noEvidence,
    sql: [`ALTER TABLE ${quoteName(table.name)} DROP INDEX ${quoteName(index.name)}`],
    rollback: [],
    step: null,
  };
}
