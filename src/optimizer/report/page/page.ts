import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { formatBytes, formatNumber, formatRate, plural } from '../../../output/text.ts';
import { formatGain } from '../../gain.ts';
import type { ReportResult } from '../result.ts';
import { treemap } from './charts.ts';
import { jsonBlock, Markup, markup } from './markup.ts';
import { moment, section } from './parts.ts';
import { changesSection } from './section-changes.ts';
import { findingsSection } from './section-findings.ts';
import { queriesSection } from './section-queries.ts';
import { partitionsSection, runsSection } from './section-runs.ts';
import { tableId, tablesSection } from './section-tables.ts';

/**
 * The report as one page that needs nothing else: no script, no network. The browser is told to refuse both, so that
 * even text that slipped through unescaped could do nothing.
 */
export async function renderPage(report: ReportResult): Promise<string> {
  const css = await readFile(
    fileURLToPath(import.meta.resolve('#templates/report/page.css')),
    'utf8',
  );
  const style = css.replaceAll('\r\n', '\n');
  const hash = createHash('sha256').update(style).digest('base64');
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${new Markup(hash)}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="scalectl optimize-db report">
<link rel="icon" href="data:,">
<title>${report.database}: optimizer report</title>
<style>${new Markup(style)}</style>
</head>
<body>
${head(report)}
<main>
${spaceSection(report)}
${queriesSection(report.queries)}
${findingsSection(report.findings)}
${changesSection(report)}
${tablesSection(report.tables, report.findings)}
${partitionsSection(report.partitions)}
${runsSection(report.runs)}
</main>
${foot(report)}
${jsonBlock('report-data', report)}
</body>
</html>
`;
  return page.source;
}

function head({
  server,
  database,
  takenAt,
  totals,
  findings,
  partitions,
  queries,
}: ReportResult): Markup {
  const product = server.flavor === 'mariadb' ? 'MariaDB' : 'MySQL';
  const count = (status: string): number =>
    [...findings, ...partitions.tables].filter((each) => each.status === status).length;
  const open = count('proposed');
  const review = count('review');
  const [best] = queries.filter(({ isThere }) => isThere);
  const indexShare = totals.bytes === 0 ? null : totals.indexBytes / totals.bytes;
  return markup`<header>
<p class="product">scalectl optimize-db</p>
<h1>${database}</h1>
<p class="meta">${product} ${server.version}, ${moment(takenAt)}</p>
<dl class="figures">
${figure('size', formatBytes(totals.bytes), `${formatRate(indexShare)} of it indexes`)}
${figure('tables', formatNumber(totals.tables), `about ${plural(totals.rows, 'row')}`)}
${figure('proposed', formatNumber(open), review === 0 ? `${plural(open, 'change')} to apply` : `and ${formatNumber(review)} to look at yourself`)}
${best ? figure('largest gain', formatGain(best.gain), `one of ${plural(queries.length, 'proven statement')}`) : null}
</dl>
</header>`;
}

function figure(name: string, value: string, note: string): Markup {
  return markup`<div><dt>${name}</dt><dd><b>${value}</b><span>${note}</span></dd></div>`;
}

function spaceSection({ tables }: ReportResult): Markup {
  const map = treemap(tables, tableId);
  if (map.source === '') return markup``;
  return section(
    'space',
    'Where the space is',
    markup`<p class="legend"><i class="swatch data"></i>data <i class="swatch index"></i>indexes</p>${map}`,
  );
}

function foot({ unknown, evidence, memory }: ReportResult): Markup {
  const sources = evidence
    .filter(({ source }) => source !== 'schema')
    .map(({ source, statements }) => `${source}, ${plural(statements, 'statement')}`);
  const open = [
    ...unknown,
    ...(memory.reason === null ? [] : [`this report is not remembered: ${memory.reason}`]),
  ];
  return markup`<footer>
<p>Rows and sizes are the engine's estimates. Times are medians of the pairs that proved an index, measured when it was made. Evidence: ${['the schema', ...sources].join('; ')}.</p>
${open.length === 0 ? null : markup`<p>Not told:</p><ul>${open.map((text) => markup`<li>${text}</li>`)}</ul>`}
<p>The figures of this page as data: the block <code>report-data</code> in its source.</p>
</footer>`;
}
