import type { PartitionVerdict } from '../../src/optimizer/partitions/judge.ts';
import type { Screen } from '../../src/output/screen.ts';
import { formatNumber, safeText } from '../../src/output/text.ts';

/** From so many rows on, months of its own may be worth the trouble; smaller tables are in the JSON alone. */
const bigTableRows = 100_000;

export function renderPartitions(verdicts: readonly PartitionVerdict[], screen: Screen): string {
  const big = verdicts.filter((verdict) => verdict.rows >= bigTableRows);
  if (big.length === 0) return '';
  return [
    screen.heading('monthly partitions, as the tables stand'),
    screen.table(
      [
        { title: 'table' },
        { title: 'rows', align: 'right' },
        { title: 'by' },
        { title: 'possible' },
        { title: 'what stands against it', flexible: true },
      ],
      big.map((verdict) => [
        safeText(verdict.table),
        formatNumber(verdict.rows),
        safeText(verdict.column),
        verdict.eligible ? 'yes' : 'no',
        safeText(verdict.blockers.map((blocker) => blocker.message).join('; ')),
      ]),
    ),
  ].join('\n');
}
