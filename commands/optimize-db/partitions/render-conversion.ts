import type { Screen } from '../../../src/output/screen.ts';
import { formatMs, formatNumber, plural, safeText } from '../../../src/output/text.ts';
import { wrapLines } from '../../../src/output/wrap.ts';
import type { ConvertResult } from './convert.ts';

export function renderConversion(result: ConvertResult, screen: Screen): string {
  const recovered = result.recovered.map(
    ({ table, outcome }) =>
      `An earlier run was stopped in the middle of ${safeText(table)}: it is ${outcome}.`,
  );
  return [...recovered, bodyOf(result, screen)].join('\n');
}

function bodyOf(result: ConvertResult, screen: Screen): string {
  const table = safeText(result.table);
  if (result.status === 'unchanged') return `${table} has monthly partitions already.`;
  if (result.status === 'converted') return doneText(result, table);
  const lines = [
    screen.heading(`${table} by month of ${safeText(result.column)}`),
    `${formatNumber(result.rows)} rows, by the engine's estimate`,
  ];
  if (result.firstMonth !== null) {
    lines.push(
      `${plural(result.partitions, 'partition')}, from ${result.firstMonth} to ${result.lastMonth} and one for what is later`,
      howText(result),
    );
  }
  lines.push(...result.notes.map((note) => safeText(note)));
  lines.push(...result.blockers.map((text) => `blocked: ${safeText(text)}`));
  lines.push(
    ...result.price.map(
      ({ message, isGivenUp, name }) =>
        `${isGivenUp ? 'given up' : 'to be given up'}: ${safeText(message)}${isGivenUp ? '' : ` (--give-up ${safeText(name)})`}`,
    ),
  );
  const statements = result.sql.map((sql) => `  ${safeText(sql)};`);
  return [...lines.map((line) => wrapLines(line, screen.width)), ...statements].join('\n');
}

function howText({ method, methodReason, lockSeconds }: ConvertResult): string {
  return method === 'online'
    ? 'copied beside its writers, compared, and swapped'
    : `writers wait for about ${lockSeconds} s (by rows, as measured elsewhere): ${safeText(methodReason ?? '')}`;
}

function doneText({ comparedRows, durationMs, partitions }: ConvertResult, table: string): string {
  const compared =
    comparedRows === null
      ? ''
      : `; ${plural(comparedRows, 'row')} compared before the tables were swapped`;
  return `${table} has ${plural(partitions, 'partition')} now, in ${formatMs(durationMs ?? 0)}${compared}.`;
}
