import type { PartitionVerdict } from '../../src/optimizer/partitions/judge.ts';
import type { Screen } from '../../src/output/screen.ts';
import { formatNumber, safeText } from '../../src/output/text.ts';

/** From so many rows on, months of its own may be worth the trouble; smaller tables are in the JSON alone. */
const bigTableRows = 100_000;

/** The verdicts on the large tables, as part of a plan. */
export function renderPartitions(verdicts: readonly PartitionVerdict[], screen: Screen): string {
  const big = verdicts.filter((verdict) => verdict.rows >= bigTableRows);
  if (big.length === 0) return '';
  return [
    screen.heading('monthly partitions, as the tables stand'),
    ...big.map(renderVerdict),
  ].join('\n');
}

/** A line a blocker: in a cell of a table nobody could read them. */
export function renderVerdict({
  table,
  rows,
  column,
  eligible,
  blockers,
}: PartitionVerdict): string {
  const verdict = eligible ? 'possible' : 'not as it stands';
  return [
    `${safeText(table)} (${formatNumber(rows)} rows) by ${safeText(column)}: ${verdict}`,
    ...blockers.map(({ message }) => `  ${safeText(message)}`),
  ].join('\n');
}
