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
  }
}

/** What takes the step back; nothing for new statistics. */
export function rollbackSql(step: Step): string[] {
  switch (step.kind) {
    case 'add-index':
      return stepSql({ ...step, kind: 'drop-index', coveredBy: null });
    case 'drop-index':
      return stepSql({ ...step, kind: 'add-index' });
    case 'analyze':
      return [];
  }
}

/** Other engines change an index under a lock that stops writers for its whole time: such a change is only told. */
export function canChangeOnline(table: Table): boolean {
  return table.engine.toLowerCase() === 'innodb';
}

/** The statements for a table whose engine cannot do them while it is written. */
export function asOffline(statements: readonly string[]): string[] {
  return statements.map((sql) => sql.replace(online, ''));
}
