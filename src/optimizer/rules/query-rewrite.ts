import { fingerprint, toStatementEvidence } from '../evidence/statements.ts';
import type { JudgedStatement } from '../evidence/statements.ts';
import { rowsExamined } from '../explain.ts';
import type { Finding } from '../findings.ts';
import { findOrderFirst } from '../rewrites.ts';
import type { Obstacle } from '../sql/conditions.ts';
import type { Rule } from './rule.ts';

/** Below this many rows read, the form of a statement makes no difference. */
const leastRowsRead = 1000;

/**
 * Statements that an index cannot help as they are written: a LIMIT in the order of one table whose join begins at
 * another, a function around a column, a pattern that begins with a wildcard.
 */
export const queryRewrite: Rule = {
  name: 'query-rewrite',
  find: ({ statements }) =>
    statements
      .filter(({ plan }) => rowsExamined(plan) >= leastRowsRead)
      .flatMap((statement) => [...joinOrder(statement), ...obstacles(statement)]),
};

function joinOrder(statement: JudgedStatement): Finding[] {
  const found = findOrderFirst(statement);
  if (!found) return [];
  const { table, index, rewritten, first } = found;
  const reason = `it wants the first rows in the order of ${table}.${found.column}, for which there is ${index}, and the server begins at ${first}, joins all rows and sorts them; STRAIGHT_JOIN makes it read ${table} first, in order, and stop at the LIMIT`;
  return [
    toFinding(statement, {
      id: 'join-order',
      table,
      columns: [found.column],
      reason,
      sql: [rewritten],
    }),
  ];
}

function obstacles(statement: JudgedStatement): Finding[] {
  return statement.query.conditions.flatMap((condition) => {
    const obstacle = condition.kind === 'other' ? condition.obstacle : undefined;
    const table = obstacle && statement.query.tables[obstacle.column.table]?.table;
    if (!obstacle || !table || !isReadWhole(statement, obstacle.column.table)) return [];
    const column = obstacle.column.column.name;
    return [
      toFinding(statement, {
        id: `${obstacle.kind} ${column}`,
        table: table.name,
        columns: [column],
        reason: describe(obstacle, `${table.name}.${column}`),
        sql: [],
      }),
    ];
  });
}

function isReadWhole({ plan }: JudgedStatement, table: number): boolean {
  const access = plan.find((each) => each.table === table);
  return access?.type === 'ALL' || access?.type === 'index';
}

const ofDates = ['DATE', 'YEAR', 'MONTH', 'DAY', 'DATE_FORMAT', 'UNIX_TIMESTAMP', 'TO_DAYS'];

function describe({ kind, by, column }: Obstacle, name: string): string {
  if (kind === 'leading-wildcard') {
    return `LIKE ${by} begins with a wildcard, so every row is looked at; a FULLTEXT index searches words, an index only beginnings`;
  }
  const isDate = ['date', 'datetime', 'timestamp'].includes(column.column.dataType);
  const shared = `${by}() stands around ${name}, so no index on it is used`;
  return isDate && ofDates.includes(by)
    ? `${shared}; write the range itself: ${column.column.name} >= '2026-11-01' AND ${column.column.name} < '2026-12-01'`
    : `${shared}; compare the column itself, or index a generated column with this expression`;
}

function toFinding(
  statement: JudgedStatement,
  { id, ...parts }: { id: string } & Pick<Finding, 'table' | 'columns' | 'reason' | 'sql'>,
): Finding {
  return {
    id: `query-rewrite ${id} ${fingerprint(statement.query.tokens)}`,
    rule: 'query-rewrite',
    index: null,
    status: 'review',
    evidence: { statements: [toStatementEvidence(statement)], gain: null },
    rollback: [],
    step: null,
    ...parts,
  };
}
