import { formatBytes, formatNumber, plural } from '../../../output/text.ts';
import type { Changes, ReportResult } from '../result.ts';
import { growthChart } from './charts.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import { dataTable, moment, section } from './parts.ts';

const shownTables = 30;

/** What differs from the last report, and the curve over all that are kept. */
export function changesSection({ changes, trend, runs, memory }: ReportResult): Markup {
  if (!changes) {
    const text = memory.isWritten
      ? 'There is no earlier report to compare with; the next one tells what changed.'
      : 'No earlier report can be compared with.';
    return section('changes', 'What changed', markup`<p class="none">${text}</p>`);
  }
  const [first] = trend;
  const chart =
    trend.length < 3 || !first
      ? null
      : markup`<figure>${growthChart(trend, runs)}<figcaption><span>${moment(first.takenAt)}</span><span>data, indexes upon it${runs.length === 0 ? '' : '; a line for each run that changed something'}</span><span>now</span></figcaption></figure>`;
  return section('changes', 'What changed', markup`${summary(changes)}${chart}${tables(changes)}`);
}

function summary({ since, totals, tablesAdded, tablesGone, runs }: Changes): Markup {
  const { before, after } = totals;
  const lists = [
    ['Tables added', tablesAdded],
    ['Tables gone', tablesGone],
  ] as const;
  return markup`<p>Since the report of ${moment(since)}: about ${formatNumber(before.rows)} → ${plural(after.rows, 'row')}, ${formatBytes(before.bytes)} → ${formatBytes(after.bytes)}${runs.length === 0 ? '' : `, ${plural(runs.length, 'run')} of optimize-db`}.</p>
${lists.filter(([, names]) => names.length > 0).map(([title, names]) => markup`<p>${title}: ${names.join(', ')}</p>`)}`;
}

function tables({ tables: changed, tablesAdded, tablesGone }: Changes): Markup {
  if (changed.length === 0) {
    const hasOthers = tablesAdded.length + tablesGone.length > 0;
    return markup`<p class="none">${hasOthers ? 'No other table differs.' : 'No table and no index differs.'}</p>`;
  }
  const rows = changed
    .slice(0, shownTables)
    .map((change) => [
      change.table,
      signed(change.rowsChange, formatNumber),
      signed(change.bytesChange, formatBytes),
      markup`${change.indexesAdded.map((name) => markup`<ins>${name}</ins>`)} ${change.indexesGone.map((name) => markup`<del>${name}</del>`)}`,
    ]);
  const rest = changed.length - shownTables;
  return markup`${dataTable(
    [
      { title: 'table' },
      { title: 'rows, about', isNumber: true },
      { title: 'size', isNumber: true },
      { title: 'indexes' },
    ],
    rows,
  )}${rest > 0 ? markup`<p>and ${formatNumber(rest)} more, in the data of this page</p>` : null}`;
}

function signed(change: number, format: (value: number) => string): string {
  if (change === 0) return '';
  return `${change > 0 ? '+' : '−'}${format(Math.abs(change))}`;
}
