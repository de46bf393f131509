import { quoteName } from '../database/identifiers.ts';
import type { Step } from './findings.ts';
import { partsSql } from './index-shape.ts';
import type { Table } from './schema.ts';

const online = ', ALGORITHM=INPLACE, LOCK=NONE';

/** The statement of a step. An index is added and dropped in place, while the table is read and written. */
export function stepSql(step: Step): string[] {
  const table = quoteName(step.table);
  switch (step.kind) {
    case 'add-index':
      return [
        `ALTER TABLE ${table} ADD INDEX ${quoteName(step.index)} ${partsSql(step.parts)}${online}`,
      ];
    case 'drop-index':
      return [`ALTER TABLE ${table} DROP INDEX ${quoteName(step.index)}${online}`];
    case 'analyze':
      return [`ANALYZE TABLE ${table}`];
    case 'rebuild':
      return [`ALTER TABLE ${table} FORCE${online}`];
  }
}

/** What takes the step back; nothing for new statistics and for a rebuild, after which the rows are the same. */
export function rollbackSql(step: Step): string[] {
  switch (step.kind) {
    case 'add-index':
      return stepSql({ ...step, kind: 'drop-index', coveredBy: null });
    case 'drop-index':
      return stepSql({ ...step, kind: 'add-index' });
    case 'analyze':
    case 'rebuild':
      return [];
  }
}

/** Other engines change an index under a lock that stops writers for its whole time: such a change is only told. */
export function canChangeOnline(table: Table): boolean {
  return table.engine.toLowerCase() === 'innodb';
}

/** Why a table cannot be rebuilt while it is written; null when it can. */
export function whyNotRebuild(table: Table): string | null {
  if (!canChangeOnline(table)) return `${table.engine} rebuilds a table with it locked`;
  const kind = table.indexes.find(({ type }) => !['BTREE', 'HASH'].includes(type))?.type;
  return kind === undefined ? null : `a table with a ${kind} index is rebuilt with it locked`;
}

/** The statements for a table whose engine cannot do them while it is written. */
export function asOffline(statements: readonly string[]): string[] {
  return statements.map((sql) => sql.replace(online, ''));
}
