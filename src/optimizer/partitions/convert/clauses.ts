import { quoteName } from '../../../database/identifiers.ts';
import { ScalectlError } from '../../../errors.ts';
import { partsSql } from '../../index-shape.ts';
import type { Column, Index, Table } from '../../schema.ts';
import type { MonthForm } from '../monthly-table.ts';
import { monthsSql, partitionBySql } from '../month-sql.ts';
import type { MonthRange } from './month-range.ts';

/**
 * What stands behind `ALTER TABLE name` to give a table monthly partitions: each unique key with the date as its last
 * part, the date NOT NULL, and the months.
 * @param createTable the table's SHOW CREATE TABLE, which alone tells a column whole
 */
export function conversionClauses(
  table: Table,
  date: Column,
  createTable: string,
  { form, range }: { form: MonthForm; range: MonthRange },
): string {
  const clauses = table.indexes
    .filter((index) => index.isUnique && !index.parts.some(({ column }) => column === date.name))
    .flatMap((index) => extend(index, date));
  if (date.isNullable) clauses.unshift(`MODIFY COLUMN ${notNullSql(date, createTable)}`);
  const partitions = `PARTITION BY ${partitionBySql(form, date.name)} (${monthsSql(form, range)})`;
  return clauses.length === 0 ? partitions : `${clauses.join(', ')} ${partitions}`;
}

function extend(index: Index, date: Column): string[] {
  const part = { column: date.name, expression: null, prefixLength: null, isDescending: false };
  const parts = partsSql([...index.parts, part]);
  if (index.isPrimary) return ['DROP PRIMARY KEY', `ADD PRIMARY KEY ${parts}`];
  const name = quoteName(index.name);
  return [`DROP INDEX ${name}`, `ADD UNIQUE INDEX ${name} ${parts}`];
}

/**
 * The column's definition with NOT NULL. A TIMESTAMP gets the present as its default where it had none: without one
 * older servers would add ON UPDATE CURRENT_TIMESTAMP by themselves.
 */
export function notNullSql(date: Column, createTable: string): string {
  const name = quoteName(date.name);
  const line = createTable
    .split('\n')
    .map((text) => text.trim().replace(/,$/, ''))
    .find((text) => text.startsWith(`${name} `));
  const match = /^(\w+(?:\(\d\))?)(.*)$/.exec(line?.slice(name.length + 1) ?? '');
  if (!match) {
    throw new ScalectlError('operation-failed', `the definition of ${date.name} cannot be read`, {
      hint: `Make it NOT NULL by hand, and run this again.`,
    });
  }
  const [, type = '', rest = ''] = match;
  const others = rest.replace(/^ NULL\b/, '').replace(/^ DEFAULT NULL\b/, '');
  const needsDefault = date.dataType === 'timestamp' && !/^ DEFAULT /i.test(others);
  const digits = /\(\d\)/.exec(type)?.[0] ?? '';
  const byDefault = needsDefault ? ` DEFAULT CURRENT_TIMESTAMP${digits}` : '';
  return `${name} ${type} NOT NULL${byDefault}${others}`;
}
