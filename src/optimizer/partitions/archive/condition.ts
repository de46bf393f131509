import { quoteName } from '../../../database/identifiers.ts';
import { ownRows } from '../../evidence/not-workload.ts';
import type { Member } from './family.ts';

/**
 * The condition that a row is old, or hangs on an old one, over as many tables as it takes. The rows stand under `ownRows`.
 * @returns the condition with `?` and its values
 */
export function conditionOf(
  members: readonly Member[],
  table: string,
  date: string,
  cutoff: string,
  depth = 0,
): { sql: string; values: string[] } {
  const member = members.find((each) => each.table.name === table);
  const alias = (level: number, column: string): string => `${rowsAt(level)}.${quoteName(column)}`;
  if (!member || member.links.length === 0) {
    return { sql: `${alias(depth, date)} < ?`, values: [cutoff] };
  }
  const alternatives = member.links.map((link) => {
    const parent = conditionOf(members, link.parent, date, cutoff, depth + 1);
    const joins = link.columns.map(
      (column, i) => `${alias(depth + 1, link.parentColumns[i] ?? '')} = ${alias(depth, column)}`,
    );
    return {
      sql: `EXISTS (SELECT 1 FROM ${quoteName(link.parent)} ${rowsAt(depth + 1)} WHERE ${joins.join(' AND ')} AND ${parent.sql})`,
      values: parent.values,
    };
  });
  return {
    sql: `(${alternatives.map(({ sql }) => sql).join(' OR ')})`,
    values: alternatives.flatMap(({ values }) => values),
  };
}

function rowsAt(level: number): string {
  return level === 0 ? ownRows : `${ownRows}_${level}`;
}
