import { noEvidence } from '../findings.ts';
import type { Finding, Step } from '../findings.ts';
import { describeParts, partsFor, supportsForeignKey } from '../index-shape.ts';
import { indexName } from '../index-name.ts';
import type { ForeignKey, Table } from '../schema.ts';
import { rollbackSql, stepSql } from '../steps.ts';
import type { Rule } from './rule.ts';

/**
 * Foreign keys whose own columns no index begins with. The server makes one with the key, but MariaDB lets it be
 * dropped with foreign_key_checks off, and dumps restored that way lack it: then each DELETE of a parent row reads the
 * whole table.
 */
export const foreignKeyWithoutIndex: Rule = {
  name: 'foreign-key-without-index',
  find: ({ schema }) =>
    [...schema.tables.values()].flatMap((table) =>
      table.foreignKeys
        .filter((key) => !table.indexes.some((index) => supportsForeignKey(index, key.columns)))
        .map((key) => toFinding(table, key)),
    ),
};

function toFinding(table: Table, key: ForeignKey): Finding {
  const parts = partsFor(table, key.columns) ?? [];
  const step: Step = {
    kind: 'add-index',
    table: table.name,
    index: indexName(table, key.columns),
    parts,
  };
  return {
    id: `foreign-key-without-index ${table.name}.${key.name}`,
    rule: 'foreign-key-without-index',
    table: table.name,
    index: step.index,
    columns: key.columns,
    status: 'proposed',
    reason: `the foreign key ${key.name} to ${key.referencedTable} has no index: each change of a row there reads all of ${table.name}; ${describeParts(parts)} is kept without timing, as the key itself needs it`,
    evidence: noEvidence,
    sql: stepSql(step),
    rollback: rollbackSql(step),
    step,
  };
}
