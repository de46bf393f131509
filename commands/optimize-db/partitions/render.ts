import type {
  MaintainResult,
  MaintainedTable,
} from '../../../src/optimizer/partitions/maintain.ts';
import type { Screen } from '../../../src/output/screen.ts';
import { plural, safeText } from '../../../src/output/text.ts';

/** The tables with monthly partitions, and the statements of those that lack a month. */
export function renderMaintained({ tables, others }: MaintainResult, screen: Screen): string {
  const lines = [screen.heading('monthly partitions')];
  if (tables.length > 0) {
    lines.push(
      screen.table(
        [
          { title: 'table' },
          { title: 'by' },
          { title: 'partitions', align: 'right' },
          { title: 'until' },
          { title: 'status' },
          { title: 'what', flexible: true },
        ],
        tables.map((table) => [
          safeText(table.table),
          safeText(table.column),
          table.partitions,
          table.lastMonth,
          screen.status(table.status),
          whatOf(table),
        ]),
      ),
    );
  }
  for (const { table, reason } of others) lines.push(`${safeText(table)}: ${safeText(reason)}`);
  const statements = tables.filter(({ status }) => status === 'proposed' || status === 'blocked');
  const sql = statements.flatMap((table) => table.sql);
  const files = tables.flatMap(({ expired }) => expired.flatMap(({ file }) => file ?? []));
  for (const file of files) lines.push(`exported: ${safeText(file)}`);
  if (sql.length > 0) lines.push('', ...sql.map((statement) => `  ${statement};`));
  return lines.join('\n');
}

function whatOf({ status, months, expired, reason }: MaintainedTable): string | null {
  const [first] = months;
  const range = months.length > 1 ? `${first} to ${months.at(-1)}` : first;
  if (reason !== null) return safeText(reason);
  const isDone = status === 'applied';
  const until = expired.at(-1)?.before;
  const parts = [
    ...(range === undefined ? [] : [isDone ? `added ${range}` : `to add: ${range}`]),
    ...(until === undefined
      ? []
      : [`${isDone ? 'dropped' : 'to drop'}: ${plural(expired.length, 'month')} before ${until}`]),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}
