import { formatNumber } from '../../output/text.ts';
import { fingerprint, toStatementEvidence } from '../evidence/statements.ts';
import type { JudgedStatement } from '../evidence/statements.ts';
import { rowsFound } from '../explain.ts';
import type { Finding } from '../findings.ts';
import type { Table } from '../schema.ts';
import type { Rule } from './rule.ts';

/** More than a page shows: what is fetched beyond is read, sent and thrown away. */
const leastRows = 200;

/**
 * Statements without a LIMIT that return all rows of a table that grows. No index helps: the time is that of the
 * rows themselves, and it grows with the shop.
 */
export const unboundedQuery: Rule = {
  name: 'unbounded-query',
  find: ({ statements }) =>
    statements.flatMap((statement) => {
      const table = growingTable(statement);
      return table && isUnbounded(statement) ? [toFinding(statement, table)] : [];
    }),
};

function isUnbounded({ query, plan }: JudgedStatement): boolean {
  const isReduced =
    query.limit !== null || query.hasAggregate || query.isDistinct || query.groupBy.length > 0;
  return !isReduced && rowsFound(plan) >= leastRows;
}

/** The table that gives the most rows, when it is one that gets a row with each event: a date of creation tells. */
function growingTable({ query, plan }: JudgedStatement): Table | null {
  const [largest] = [...plan].sort((a, b) => b.passed - a.passed);
  const table =
    largest?.table === null || largest === undefined ? undefined : query.tables[largest.table];
  const grows = table?.table.columns.some((column) =>
    ['date', 'datetime', 'timestamp'].includes(column.dataType),
  );
  return table && grows === true ? table.table : null;
}

function toFinding(statement: JudgedStatement, table: Table): Finding {
  const rows = formatNumber(Math.round(rowsFound(statement.plan)));
  const order = statement.query.orderBy.map(({ column }) => column?.column.name ?? 'an expression');
  const page =
    order.length > 0
      ? `show a page of it: LIMIT 50, and the next page from the last ${order.join(', ')} on`
      : 'show a page of it, in an order that an index has: ORDER BY … LIMIT 50';
  return {
    id: `unbounded-query ${fingerprint(statement.query.tokens)}`,
    rule: 'unbounded-query',
    table: table.name,
    index: null,
    columns: [],
    status: 'review',
    reason: `it has no LIMIT and returns about ${rows} rows now, more as ${table.name} grows; no index changes that; ${page}`,
    evidence: { statements: [toStatementEvidence(statement)], gain: null },
    sql: [],
    rollback: [],
    step: null,
  };
}
