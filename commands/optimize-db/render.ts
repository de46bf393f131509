import type { RunResult } from '../../src/optimizer/apply.ts';
import type { EvidenceSource } from '../../src/optimizer/evidence/gather.ts';
import type { Build, Finding, StatementEvidence } from '../../src/optimizer/findings.ts';
import type { PlanResult } from '../../src/optimizer/plan.ts';
import { formatGain } from '../../src/optimizer/gain.ts';
import type { Screen } from '../../src/output/screen.ts';
import { formatBytes, formatMs, formatNumber, plural, safeText } from '../../src/output/text.ts';
import { wrapLines } from '../../src/output/wrap.ts';
import { renderMaintained } from './partitions/render.ts';
import { renderOldStatements } from './render-old-statements.ts';
import { renderWatched } from './render-watched.ts';
import { renderPartitions } from './render-partitions.ts';

/** Statements are long; the whole text is in the JSON. */
const shownStatementCharacters = 160;
const shownRefusals = 5;

export function renderPlan(result: PlanResult, screen: Screen): string {
  return joinSections([
    renderSources(result, screen),
    renderFindings(result.findings, screen),
    ...result.findings.filter(isDetailed).map((finding) => renderDetails(finding, screen)),
    renderRedundant(result.findings, screen),
    renderOldStatements(result.oldStatements, screen),
    renderWatched(result.watched, screen),
    renderPartitions(result.partitions, screen),
    result.maintained.tables.length > 0 ? renderMaintained(result.maintained, screen) : '',
    renderVerdict(result),
  ]);
}

export function renderRun(result: RunResult, screen: Screen): string {
  const recovered = result.recovered.map(
    ({ runId, table, index, outcome, reason }) =>
      `run ${runId} was stopped in the middle: ${safeText(index === null ? table : `${table}.${index}`)} ${outcomeWords[outcome]}, ${safeText(reason)}`,
  );
  return joinSections([
    renderSources(result, screen),
    ...recovered.map((line) => wrapLines(line, screen.width)),
    renderFindings(result.findings, screen),
    ...result.findings.filter(isDetailed).map((finding) => renderDetails(finding, screen)),
    renderRedundant(result.findings, screen),
    renderOldStatements(result.oldStatements, screen),
    renderWatched(result.watched, screen),
    renderPartitions(result.partitions, screen),
    result.maintained.tables.length > 0 ? renderMaintained(result.maintained, screen) : '',
    renderOutcome(result),
  ]);
}

const outcomeWords = {
  kept: 'stays',
  removed: 'is taken back',
  done: 'is done',
  'never-done': 'was not begun',
} as const;

function joinSections(sections: readonly string[]): string {
  return sections.filter((section) => section !== '').join('\n\n');
}

function renderSources(result: PlanResult, screen: Screen): string {
  const product = result.server.flavor === 'mariadb' ? 'MariaDB' : 'MySQL';
  const indent = 11;
  const paragraph = (text: string): string =>
    wrapLines(safeText(text), screen.width - indent).replaceAll('\n', `\n${' '.repeat(indent)}`);
  const { refused } = result;
  const refusals = refused.slice(0, shownRefusals).map(({ file, line, statement, reason }) => {
    const place = placeOf(file, line);
    const where = place === null ? shorten(statement, 60) : place;
    return paragraph(`${where}: ${reason}`);
  });
  if (refused.length > shownRefusals) {
    refusals.push(`and ${formatNumber(refused.length - shownRefusals)} more, see --json`);
  }
  const entries: [string, string][] = [
    [
      'database',
      paragraph(
        `${result.database} on ${product} ${result.server.version}, ${plural(result.summary.tables, 'table')}`,
      ),
    ],
    ['evidence', paragraph(result.evidence.map(sourceText).join('; '))],
    ...result.unknown.map((text, i): [string, string] => [
      i === 0 ? 'unknown' : '',
      paragraph(text),
    ]),
    ...refusals.map((text, i): [string, string] => [i === 0 ? 'not judged' : '', text]),
  ];
  return screen.pairs(entries.map(([name, text]) => [name.padEnd(indent - 2), text] as const));
}

function sourceText({ source, statements, windowMs }: EvidenceSource): string {
  if (source === 'schema') return 'the schema';
  const name = sourceNames[source];
  const window = windowMs === null || windowMs === 0 ? '' : ` over ${formatMs(windowMs)}`;
  return `${name}, ${plural(statements, 'statement')}${window}`;
}

const sourceNames: Record<Exclude<EvidenceSource['source'], 'schema'>, string> = {
  performance_schema: 'performance_schema',
  'slow-log': 'slow log',
  'workload-file': 'workload file',
  scan: 'PHP source',
  observed: 'observed (sampled)',
};

function placeOf(file: string | null, line: number | null): string | null {
  if (file !== null) return line === null ? file : `${file}:${line}`;
  return line === null ? null : `line ${line}`;
}

export function renderFindings(findings: readonly Finding[], screen: Screen): string {
  return screen.table(
    [
      { title: 'status' },
      { title: 'rule' },
      { title: 'what', flexible: true },
      { title: 'gain', align: 'right' },
    ],
    findings.map((finding) => [
      screen.status(finding.status),
      finding.rule,
      safeText(whatOf(finding)),
      finding.evidence.gain === null ? null : formatGain(finding.evidence.gain),
    ]),
  );
}

function whatOf({ rule, table, index, columns }: Finding): string {
  const shape = columns.length > 0 ? ` (${columns.join(', ')})` : '';
  return isAboutIndex(rule) ? `${table}.${index ?? ''}${shape}` : `${table}${shape}`;
}

function isAboutIndex(rule: Finding['rule']): boolean {
  return ['redundant-index', 'unused-index', 'low-selectivity'].includes(rule);
}

/** Redundant indexes are many and alike: they stand together. */
function isDetailed(finding: Finding): boolean {
  return finding.rule !== 'redundant-index';
}

function renderDetails(finding: Finding, screen: Screen): string {
  return [
    screen.heading(`${finding.rule} ${safeText(whatOf(finding))}`),
    indent(wrapLines(safeText(finding.reason), screen.width - 2)),
    ...(finding.build && finding.status === 'proposed' ? [indent(buildText(finding.build))] : []),
    ...(finding.status === 'rejected' ? [] : finding.sql).map((sql) => indent(safeText(`${sql};`))),
    ...finding.evidence.statements.map((statement) => renderStatement(statement, screen)),
  ].join('\n');
}

function buildText({ estimatedBytes, estimatedMs }: Build): string {
  const time =
    estimatedMs === null ? '' : `, built in about ${formatMs(estimatedMs)} as earlier ones tell`;
  return `about ${formatBytes(estimatedBytes)}${time}`;
}

function renderStatement(evidence: StatementEvidence, screen: Screen): string {
  const { withoutMs, withMs, gain, isChosen, note, plan, count, values, file, line } = evidence;
  const isMeasured = withoutMs !== null && withMs !== null && gain !== null;
  const figures = [
    ...(isMeasured ? [`${formatMs(withoutMs)} → ${formatMs(withMs)}, ${formatGain(gain)}`] : []),
    ...(isChosen === false ? ['the server does not take the index'] : []),
    ...(note === null ? [] : [note]),
    ...(isMeasured ? [] : [plan]),
    ...(count !== null && count > 1 ? [countText(evidence, count)] : []),
    ...(file === null ? [] : [`in ${placeOf(file, line) ?? file}`]),
    ...(values === 'newest-row' ? ['values of the newest row'] : []),
    ...(values === 'frequent-row' ? ['values that many rows have'] : []),
  ];
  const text = shorten(evidence.statement, shownStatementCharacters);
  const paragraph = (line: string): string => wrapLines(safeText(line), screen.width - 4);
  return `  - ${indent(indent(paragraph(text))).trimStart()}\n${indent(indent(paragraph(figures.join('; '))))}`;
}

/** Samples do not count: they saw at least so many. */
function countText({ sources }: StatementEvidence, count: number): string {
  const isSampled =
    sources.includes('observed') &&
    !sources.includes('performance_schema') &&
    !sources.includes('slow-log');
  return isSampled
    ? `seen running ${formatNumber(count)} times (sampled)`
    : `ran ${formatNumber(count)} times`;
}

function renderRedundant(findings: readonly Finding[], screen: Screen): string {
  const redundant = findings.filter((finding) => !isDetailed(finding));
  if (redundant.length === 0) return '';
  return [
    screen.heading('redundant-index'),
    ...redundant.flatMap(({ table, index, reason, status, sql }) => [
      indent(wrapLines(safeText(`${table}.${index ?? ''}: ${reason}`), screen.width - 2)),
      ...(status === 'proposed' ? sql.map((line) => indent(indent(safeText(`${line};`)))) : []),
    ]),
  ].join('\n');
}

function renderVerdict({ findings, summary }: PlanResult): string {
  if (findings.length === 0 && summary.proposed === 0)
    return 'Nothing to do: no index is missing or redundant, as far as the evidence tells.';
  const rejected = findings.filter(({ status }) => status === 'rejected').length;
  if (rejected === findings.length) {
    return `Nothing to do: ${plural(rejected, 'index was', 'indexes were')} tried before and taken back.`;
  }
  const review = summary.review > 0 ? `, ${formatNumber(summary.review)} to look at yourself` : '';
  return `${plural(summary.proposed, 'change')} proposed${review}. Nothing was changed.`;
}

function renderOutcome(result: RunResult): string {
  const count = (status: Finding['status']): number =>
    result.findings.filter((finding) => finding.status === status).length;
  const parts = (['applied', 'rejected', 'blocked', 'proposed', 'review'] as const)
    .map((status) => ({ status, number: count(status) }))
    .filter(({ number }) => number > 0)
    .map(
      ({ status, number }) =>
        `${formatNumber(number)} ${status === 'proposed' ? 'still proposed' : status === 'review' ? 'to look at' : status}`,
    );
  const { indexBytesBefore: before } = result;
  const { indexBytes: after } = result.summary;
  const bytes =
    before === after ? '' : ` Indexes took ${formatBytes(before)}, now ${formatBytes(after)}.`;
  return `Run ${result.runId}: ${parts.length > 0 ? parts.join(', ') : 'nothing to do'}.${bytes}`;
}

function shorten(text: string, characters: number): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= characters ? line : `${line.slice(0, characters - 1)}…`;
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
