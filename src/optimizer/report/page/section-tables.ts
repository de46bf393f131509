import { formatBytes, formatNumber, formatRate, plural } from '../../../output/text.ts';
import type { Finding } from '../../findings.ts';
import { formatGain } from '../../gain.ts';
import type { IndexReport, TableReport } from '../result.ts';
import { bytesOf, sizeBar } from './charts.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';
import { dataTable, section } from './parts.ts';
import { findingItem } from './section-findings.ts';

/** More would make the page slow to open; all are in its data. */
const mostTables = 500;

/** Each table as a line that opens. */
export function tablesSection(
  tables: readonly TableReport[],
  findings: readonly Finding[],
): Markup {
  const largest = Math.max(0, ...tables.map((table) => bytesOf(table) + (table.freeBytes ?? 0)));
  const items = tables.slice(0, mostTables).map((table) =>
    tableItem(
      table,
      findings.filter((finding) => finding.table === table.name),
      largest,
    ),
  );
  const rest = tables.length - items.length;
  return section(
    'tables',
    'Tables',
    markup`<p class="legend"><i class="swatch data"></i>data <i class="swatch index"></i>indexes <i class="swatch free"></i>free inside the file</p>
<div class="tables">${items}</div>
${rest > 0 ? markup`<p>and ${formatNumber(rest)} smaller ones, in the data of this page</p>` : null}`,
  );
}

/** Where the details of a table stand in the page: its name in hexadecimal digits, as names hold any character. */
export function tableId({ name }: TableReport): string {
  return `table-${Buffer.from(name).toString('hex')}`;
}

function tableItem(table: TableReport, findings: readonly Finding[], largestBytes: number): Markup {
  const { name, rows, freeBytes, freeShare, engine, isPartitioned } = table;
  const open = findings.filter(({ status }) => status === 'proposed').length;
  const free =
    freeBytes === null
      ? 'its free space is not told'
      : `${formatBytes(freeBytes)} free${freeShare === null ? '' : ` (${formatRate(freeShare)})`}`;
  const facts = [
    engine,
    `data ${formatBytes(table.dataBytes)}`,
    `indexes ${formatBytes(table.indexBytes)}`,
    free,
    ...(isPartitioned ? ['partitioned'] : []),
  ];
  return markup`<details class="table"><summary><span class="name">${name}${open === 0 ? null : markup` <span class="chip open">${plural(open, 'proposal')}</span>`}</span><span class="rows">${plural(rows, 'row')}</span><span class="size">${formatBytes(bytesOf(table))}</span>${sizeBar(table, largestBytes)}</summary>
<div class="inside" id="${tableId(table)}"><p class="facts">${facts.join(' · ')}</p>
${indexTable(table.indexes)}
${findings.length === 0 ? null : markup`<div class="findings">${findings.map(findingItem)}</div>`}</div>
</details>`;
}

function indexTable(indexes: readonly IndexReport[]): Markup {
  if (indexes.length === 0) return markup`<p class="none">It has no index.</p>`;
  return dataTable(
    [
      { title: 'index' },
      { title: 'columns' },
      { title: 'values', isNumber: true },
      { title: 'size', isNumber: true },
      { title: '' },
    ],
    indexes.map((index) => [
      index.name,
      markup`<code>${index.columns}</code>`,
      index.cardinality === null ? '–' : formatNumber(index.cardinality),
      formatBytes(index.sizeBytes),
      markup`<span class="marks">${marksOf(index).map((mark) => markup`<span>${mark}</span>`)}</span>`,
    ]),
  );
}

function marksOf({ type, isPrimary, isUnique, isHidden, madeBy }: IndexReport): string[] {
  return [
    ...(isPrimary ? ['the table itself'] : isUnique ? ['unique'] : []),
    ...(type === 'BTREE' ? [] : [type.toLowerCase()]),
    ...(isHidden ? ['hidden'] : []),
    ...(madeBy === null
      ? []
      : [
          `made by run ${madeBy.runId}${madeBy.gain === null ? '' : `, ${formatGain(madeBy.gain)}`}`,
        ]),
  ];
}
