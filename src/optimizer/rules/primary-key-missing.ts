import { quoteName } from '../../database/identifiers.ts';
import { noEvidence } from '../findings.ts';
import type { Finding } from '../findings.ts';
import { columnsOf, describeParts, partsSql } from '../index-shape.ts';
import { findColumn, primaryKeyOf } from '../schema.ts';
import type { Index, Table } from '../schema.ts';
import type { Rule } from './rule.ts';

/** Tables without a primary key: slow to replicate row by row, impossible to change online with outside tools. */
export const primaryKeyMissing: Rule = {
  name: 'primary-key-missing',
  find: ({ schema }) =>
    [...schema.tables.values()].filter((table) => !primaryKeyOf(table)).map(toFinding),
};

/** Only told: a new column is seen by `SELECT *` and by INSERT without a list of columns. */
function toFinding(table: Table): Finding {
  const unique = table.indexes.find((index) => couldBePrimary(table, index));
  const shared = 'there is no primary key: replicas look for each changed row by reading the table';
  return {
    id: `primary-key-missing ${table.name}`,
    rule: 'primary-key-missing',
    table: table.name,
    index: null,
    columns: unique ? columnsOf(unique.parts) : [],
    status: 'review',
    reason: unique
      ? `${shared}; UNIQUE ${unique.name} ${describeParts(unique.parts)} could be it`
      : `${shared}; a new column for it is seen by SELECT * and by INSERT without a list of columns, so look first`,
    evidence: noEvidence,
    sql: [`ALTER TABLE ${quoteName(table.name)} ${unique ? ofUnique(unique) : ofNewColumn(table)}`],
    rollback: [],
    step: null,
  };
}

function couldBePrimary(table: Table, index: Index): boolean {
  return (
    index.isUnique &&
    index.type === 'BTREE' &&
    index.parts.every(
      (part) =>
        part.column !== null &&
        part.prefixLength === null &&
        findColumn(table, part.column)?.isNullable === false,
    )
  );
}

function ofUnique(index: Index): string {
  return `ADD PRIMARY KEY ${partsSql(index.parts)}, DROP INDEX ${quoteName(index.name)}`;
}

function ofNewColumn(table: Table): string {
  const name = ['id', `${table.name}_id`, 'row_id'].find(
    (candidate) => !findColumn(table, candidate),
  );
  return `ADD COLUMN ${quoteName(name ?? 'scalectl_row_id')} BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY`;
}
