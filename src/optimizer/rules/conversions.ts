import { fingerprint, toStatementEvidence } from '../evidence/statements.ts';
import type { JudgedStatement } from '../evidence/statements.ts';
import type { Finding } from '../findings.ts';
import type { Column, Table } from '../schema.ts';
import type { Condition } from '../sql/conditions.ts';
import type { ColumnUse } from '../sql/names.ts';
import type { Token } from '../sql/tokenize.ts';
import type { Rule } from './rule.ts';

/** Below this many rows read, a scan costs nothing that could be felt. */
const leastRows = 1000;

/**
 * Statements that compare an indexed text column with a number, or join it with a numeric column: the server turns
 * each text into a number (`'1'`, `'01'` and `'1x'` are all 1), so that no index on the text is used.
 * Told only where the server's plan reads the table whole.
 */
export const implicitConversion: Rule = {
  name: 'implicit-conversion',
  find: ({ statements }) => statements.flatMap((statement) => oncePerColumn(numbers(statement))),
};

/**
 * Joins of text columns of different character sets or collations: the column that has to be converted cannot be
 * looked up in its index. The narrower character set is converted to the wider one, and any collation gives way to a
 * `_bin` one (measured on MariaDB 10.5 to 11.8 and MySQL 9.7; MariaDB does use an index across collations of one
 * character set).
 */
export const collationMismatch: Rule = {
  name: 'collation-mismatch',
  find: ({ statements, server }) =>
    statements.flatMap((statement) =>
      oncePerColumn(mixes(statement, server?.indexAcrossCollations !== false)),
    ),
};

function numbers(statement: JudgedStatement): Finding[] {
  return statement.query.conditions.flatMap((condition) => {
    if (condition.kind === 'join') {
      const scanned = scannedSide(statement, condition);
      if (!scanned || !isText(scanned.inner.column) || !isNumber(scanned.outer.column)) return [];
      const { table, outerTable } = scanned;
      const name = `${table.name}.${scanned.inner.column.name}`;
      const other = `${outerTable.name}.${scanned.outer.column.name}`;
      return [
        toFinding('implicit-conversion', statement, scanned, {
          reason: `${name} (${scanned.inner.column.columnType}) is joined with the number ${other} (${scanned.outer.column.columnType}), so each text is turned into a number and the index on it is not used; give both columns one type, or write CAST(${other} AS CHAR) = ${name}`,
        }),
      ];
    }
    if (condition.kind !== 'equal' && condition.kind !== 'in') return [];
    const { column, values } = condition;
    const table = statement.query.tables[column.table]?.table;
    const number = values.find((token) => token.kind === 'number');
    if (!table || !number || !isBareNumbers(values) || !isText(column.column)) return [];
    if (!isScanned(statement, column.table) || !isIndexed(table, column.column)) return [];
    return [
      toFinding(
        'implicit-conversion',
        statement,
        { inner: column, table },
        {
          reason: `${table.name}.${column.column.name} is text (${column.column.columnType}) and is compared with the number ${number.text}, so each row's text is turned into a number and the index on it is not used; write '${number.text}' in quotes`,
        },
      ),
    ];
  });
}

/** @param isServedAcross the server uses an index for another collation of the same character set */
function mixes(statement: JudgedStatement, isServedAcross: boolean): Finding[] {
  return statement.query.conditions.flatMap((condition) => {
    if (condition.kind !== 'join') return [];
    const scanned = scannedSide(statement, condition);
    if (!scanned || !isConverted(scanned.inner.column, scanned.outer.column)) return [];
    if (isServedAcross && scanned.inner.column.charset === scanned.outer.column.charset) return [];
    const { inner, outer, table, outerTable } = scanned;
    return [
      toFinding('collation-mismatch', statement, scanned, {
        reason: `${table.name}.${inner.column.name} (${inner.column.collation ?? ''}) is joined with ${outerTable.name}.${outer.column.name} (${outer.column.collation ?? ''}), so each of its texts is converted and the index on it is not used; give both columns one collation, best ${outer.column.collation ?? ''}`,
      }),
    ];
  });
}

interface Scanned {
  /** The side that is read whole, though an index begins with it. */
  readonly inner: ColumnUse;
  readonly table: Table;
}

/** The side of a join that is read after the other one, whole, though it has an index. */
function scannedSide(
  statement: JudgedStatement,
  { left, right }: Extract<Condition, { kind: 'join' }>,
): (Scanned & { outer: ColumnUse; outerTable: Table }) | null {
  const place = (use: ColumnUse): number =>
    statement.plan.findIndex((access) => access.table === use.table);
  const [outer, inner] = place(left) < place(right) ? [left, right] : [right, left];
  const table = statement.query.tables[inner.table]?.table;
  const outerTable = statement.query.tables[outer.table]?.table;
  if (!table || !outerTable || place(outer) < 0) return null;
  if (!isScanned(statement, inner.table) || !isIndexed(table, inner.column)) return null;
  return { inner, outer, table, outerTable };
}

function isScanned({ plan }: JudgedStatement, table: number): boolean {
  const access = plan.find((each) => each.table === table);
  return access !== undefined && ['ALL', 'index'].includes(access.type) && access.rows >= leastRows;
}

function isIndexed({ indexes }: Table, { name }: Column): boolean {
  return indexes.some(
    ({ type, isHidden, parts }) => type === 'BTREE' && !isHidden && parts[0]?.column === name,
  );
}

/** ENUM and SET compare with a number by the position of their values: that is another matter. */
function isText({ dataType }: Column): boolean {
  return /char$|text$/.test(dataType);
}

function isNumber({ dataType }: Column): boolean {
  return /int$|^decimal$|^float$|^double$/.test(dataType);
}

/** `5`, `-5` and lists of them: anything else may be of another type. */
function isBareNumbers(values: readonly Token[]): boolean {
  return values.every(
    ({ kind, text }) => kind === 'number' || [',', '-', '+', '(', ')'].includes(text),
  );
}

function isConverted(inner: Column, outer: Column): boolean {
  if (!isText(inner) || !isText(outer) || inner.collation === outer.collation) return false;
  if (inner.charset === outer.charset) {
    return outer.collation?.endsWith('_bin') === true && inner.collation?.endsWith('_bin') !== true;
  }
  return widthOf(inner) < widthOf(outer);
}

function widthOf({ charset }: Column): number {
  return charset === 'utf8mb4' ? 2 : charset === 'utf8mb3' ? 1 : 0;
}

function toFinding(
  rule: 'implicit-conversion' | 'collation-mismatch',
  statement: JudgedStatement,
  { inner, table }: Scanned,
  { reason }: Pick<Finding, 'reason'>,
): Finding {
  return {
    id: `${rule} ${table.name}.${inner.column.name} ${fingerprint(statement.query.tokens)}`,
    rule,
    table: table.name,
    index: null,
    columns: [inner.column.name],
    status: 'review',
    reason,
    evidence: { statements: [toStatementEvidence(statement)], gain: null },
    sql: [],
    rollback: [],
    step: null,
  };
}

function oncePerColumn(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ id }, i) => findings.findIndex((other) => other.id === id) === i);
}
