import { quoteName } from '../../database/identifiers.ts';
import { formatNumber, formatRate } from '../../output/text.ts';
import { noEvidence } from '../findings.ts';
import type { Finding } from '../findings.ts';
import type { Column, Table } from '../schema.ts';
import type { Rule } from './rule.ts';

/** From here on there is still time to plan the change, which has to copy the table. */
const tellFromShare = 0.7;

/** Bits of the integer types. */
const bits: Record<string, number> = {
  tinyint: 8,
  smallint: 16,
  mediumint: 24,
  int: 32,
  bigint: 64,
};

/**
 * AUTO_INCREMENT columns that come near to the largest value of their type: at its end each INSERT fails. Only told,
 * as the column's type is that of every column that points at it, and changing it copies the table.
 */
export const autoIncrement: Rule = {
  name: 'auto-increment',
  find: ({ schema }) =>
    [...schema.tables.values()].flatMap((table) => {
      const column = table.columns.find((each) => each.isAutoIncrement);
      const largest = column && largestOf(column);
      if (!column || largest === undefined || table.autoIncrement === null) return [];
      // The next value has not been given yet.
      const given = table.autoIncrement - 1;
      return given / largest >= tellFromShare ? [toFinding(table, column, given, largest)] : [];
    }),
};

/** Largest value of an integer column; undefined for other types. */
export function largestOf({ dataType, columnType }: Column): number | undefined {
  const width = bits[dataType];
  if (width === undefined) return undefined;
  return 2 ** (/\bunsigned\b/.test(columnType) ? width : width - 1) - 1;
}

function toFinding(table: Table, column: Column, given: number, largest: number): Finding {
  const keys = [
    ...new Set(
      table.referencedBy
        .filter((key) => key.referencedColumns.includes(column.name))
        .map((key) => `${key.table}.${key.name}`),
    ),
  ];
  const isLargestType = column.dataType === 'bigint' && largest > 2 ** 63;
  const used = `${formatNumber(given)} of ${formatNumber(largest)} values of ${table.name}.${column.name} (${column.columnType}) are used up, ${formatRate(given / largest)}; after the last one each INSERT fails`;
  const change = isLargestType
    ? 'there is no larger type: look at what makes such values'
    : 'a change of the type copies the table, and writers wait meanwhile';
  const pointing =
    keys.length > 0 && !isLargestType
      ? `; columns that point at it must change with it (${keys.join(', ')}), their foreign keys dropped and made again`
      : '';
  return {
    id: `auto-increment ${table.name}.${column.name}`,
    rule: 'auto-increment',
    table: table.name,
    index: null,
    columns: [column.name],
    status: 'review',
    reason: `${used}; ${change}${pointing}`,
    evidence: noEvidence,
    sql:
      isLargestType || keys.length > 0
        ? []
        : [
            `ALTER TABLE ${quoteName(table.name)} MODIFY ${quoteName(column.name)} BIGINT UNSIGNED NOT NULL AUTO_INCREMENT`,
          ],
    rollback: [],
    step: null,
  };
}
