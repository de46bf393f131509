import { formatGain } from '../../src/optimizer/gain.ts';
import type { Changes, ReportResult, TableReport } from '../../src/optimizer/report/result.ts';
import type { Screen } from '../../src/output/screen.ts';
import {
  formatBytes,
  formatMs,
  formatNumber,
  formatRate,
  plural,
  safeText,
} from '../../src/output/text.ts';
import { wrapLines } from '../../src/output/wrap.ts';
import { renderFindings } from './render.ts';
import { renderMaintained } from './partitions/render.ts';

/** The page and the JSON have all of them. */
const shownRows = 20;
const shownStatementCharacters = 100;

export function renderReport(
  report: ReportResult & { readonly file: string | null },
  screen: Screen,
): string {
  const { findings, partitions } = report;
  return [
    renderHead(report, screen),
    section(screen, 'tables', renderTables(report.tables, screen)),
    section(screen, 'indexes', renderIndexes(report.tables, screen)),
    section(screen, 'before and after, when the index was made', renderQueries(report, screen)),
    section(screen, 'findings', renderFindings(findings, screen)),
    partitions.tables.length > 0 ? renderMaintained(partitions, screen) : '',
    section(screen, 'changes', renderChanges(report, screen)),
    renderEnd(report),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

function section(screen: Screen, title: string, body: string): string {
  return body === '' ? '' : `${screen.heading(title)}\n${body}`;
}

function renderHead({ server, database, totals, unknown, takenAt }: ReportResult, screen: Screen) {
  const product = server.flavor === 'mariadb' ? 'MariaDB' : 'MySQL';
  const indent = 10;
  const paragraph = (text: string): string =>
    wrapLines(safeText(text), screen.width - indent).replaceAll('\n', `\n${' '.repeat(indent)}`);
  return screen.pairs([
    ['database', paragraph(`${database} on ${product} ${server.version}, ${day(takenAt)} UTC`)],
    [
      'holds',
      paragraph(
        `${plural(totals.tables, 'table')}, about ${plural(totals.rows, 'row')}; data ${formatBytes(totals.dataBytes)}, indexes ${formatBytes(totals.indexBytes)}`,
      ),
    ],
    ...unknown.map((text, i): [string, string] => [i === 0 ? 'unknown' : '', paragraph(text)]),
  ]);
}

function renderTables(tables: readonly TableReport[], screen: Screen): string {
  const table = screen.table(
    [
      { title: 'table', flexible: true },
      { title: 'rows, about', align: 'right' },
      { title: 'data', align: 'right' },
      { title: 'indexes', align: 'right' },
      { title: 'free', align: 'right' },
      { title: '', align: 'right' },
    ],
    tables
      .slice(0, shownRows)
      .map(({ name, rows, dataBytes, indexBytes, freeBytes, freeShare }) => [
        safeText(name),
        formatNumber(rows),
        formatBytes(dataBytes),
        formatBytes(indexBytes),
        formatBytes(freeBytes),
        formatRate(freeShare),
      ]),
  );
  return table + more(tables.length);
}

function renderIndexes(tables: readonly TableReport[], screen: Screen): string {
  const indexes = tables.flatMap((table) =>
    table.indexes.filter(({ isPrimary }) => !isPrimary).map((index) => ({ table, index })),
  );
  const largest = indexes.sort((a, b) => (b.index.sizeBytes ?? 0) - (a.index.sizeBytes ?? 0));
  const shown = largest
    .slice(0, shownRows)
    .map(({ table, index }) => [
      safeText(`${table.name}.${index.name}`),
      safeText(index.columns.slice(1, -1)),
      index.isUnique ? 'yes' : null,
      index.cardinality,
      formatBytes(index.sizeBytes),
      index.madeBy === null
        ? null
        : `run ${index.madeBy.runId}${index.madeBy.gain === null ? '' : `, ${formatGain(index.madeBy.gain)}`}`,
    ]);
  const table = screen.table(
    [
      { title: 'index', flexible: true },
      { title: 'columns', flexible: true },
      { title: 'unique' },
      { title: 'values', align: 'right' },
      { title: 'size', align: 'right' },
      { title: 'made by' },
    ],
    shown,
  );
  return table + more(indexes.length);
}

function renderQueries({ queries }: ReportResult, screen: Screen): string {
  const table = screen.table(
    [
      { title: 'before', align: 'right' },
      { title: 'after', align: 'right' },
      { title: 'gain', align: 'right' },
      { title: 'statement', flexible: true },
    ],
    queries
      .slice(0, shownRows)
      .map(({ withoutMs, withMs, gain, statement, isThere }) => [
        formatMs(withoutMs),
        formatMs(withMs),
        formatGain(gain),
        `${isThere ? '' : '(the index is gone) '}${shorten(safeText(statement))}`,
      ]),
  );
  return table + more(queries.length);
}

function renderChanges({ changes }: ReportResult, screen: Screen): string {
  if (!changes) return '';
  const { before, after } = changes.totals;
  const lines = [
    `since the report of ${day(changes.since)} UTC: ${formatNumber(before.rows)} → ${formatNumber(after.rows)} rows, ${formatBytes(before.bytes)} → ${formatBytes(after.bytes)}${runsSince(changes)}`,
    ...named('tables added', changes.tablesAdded),
    ...named('tables gone', changes.tablesGone),
  ].map((line) => wrapLines(safeText(line), screen.width));
  const table = screen.table(
    [
      { title: 'table' },
      { title: 'rows, about', align: 'right' },
      { title: 'size', align: 'right' },
      { title: 'indexes', flexible: true },
    ],
    changes.tables
      .slice(0, shownRows)
      .map((change) => [
        safeText(change.table),
        difference(change.rowsChange, formatNumber),
        difference(change.bytesChange, formatBytes),
        safeText(
          [
            ...change.indexesAdded.map((index) => `+ ${index}`),
            ...change.indexesGone.map((index) => `- ${index}`),
          ].join(', '),
        ),
      ]),
  );
  const isSame = table === '' && lines.length === 1;
  const nothing = isSame ? ['No table and no index differs.'] : [];
  return [
    ...lines,
    ...nothing,
    ...(table === '' ? [] : [table + more(changes.tables.length)]),
  ].join('\n');
}

function runsSince({ runs }: Changes): string {
  return runs.length === 0 ? '' : `; ${plural(runs.length, 'run')} of optimize-db`;
}

function named(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, shownRows).join(', ');
  const rest = names.length - shownRows;
  return [`${title}: ${shown}${rest > 0 ? ` and ${formatNumber(rest)} more` : ''}`];
}

function renderEnd({ memory, changes, file }: ReportResult & { file: string | null }): string {
  const first = changes === null && memory.isWritten;
  return [
    ...(first
      ? ['There is no earlier report to compare with; the next one tells what changed.']
      : []),
    ...(memory.reason === null
      ? []
      : [
          `This report cannot be remembered, so the next one does not tell what changed since: ${safeText(memory.reason)}.`,
        ]),
    ...(file === null ? [] : [`The page was written to ${safeText(file)}.`]),
  ].join('\n');
}

function difference(change: number, format: (value: number) => string): string | null {
  if (change === 0) return null;
  return `${change > 0 ? '+' : '-'}${format(Math.abs(change))}`;
}

function more(count: number): string {
  return count > shownRows ? `\nand ${formatNumber(count - shownRows)} more, see --json` : '';
}

function day(moment: string): string {
  return moment.slice(0, 16).replace('T', ' ');
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= shownStatementCharacters
    ? line
    : `${line.slice(0, shownStatementCharacters - 1)}…`;
}
