import type { Query } from '../sql/query.ts';
import { isSign, isWord } from '../sql/tokenize.ts';
import type { Token } from '../sql/tokenize.ts';
import { describePlan, rowsExamined } from '../explain.ts';
import type { TableAccess } from '../explain.ts';
import type { StatementEvidence } from '../findings.ts';

/** `scan` is what stands in the platform's PHP source; `observed` what `optimize-db observe` saw running. */
export type StatementSource =
  'performance_schema' | 'slow-log' | 'workload-file' | 'scan' | 'observed';

/** One statement of the workload, ready to be explained and, being a pure SELECT, to be executed. */
export interface WorkloadStatement {
  readonly text: string;
  readonly sources: readonly StatementSource[];
  /** Executions; null where the source does not count them. */
  readonly count: number | null;
  /** Time spent in it, all executions together; null where the source does not measure it. */
  readonly totalMs: number | null;
  /** Where its values are from: its own text, a sample of the server's, or a row of the table: the newest, or one that many are like. */
  readonly values: 'own' | 'sample' | 'newest-row' | 'frequent-row';
  /** File of PHP source, from the scanned folder on; null for a statement from elsewhere. */
  readonly file: string | null;
  /** Line in that file, or in the workload file or slow log. */
  readonly line: number | null;
}

/** A statement that was understood. */
export interface ReadStatement {
  readonly statement: WorkloadStatement;
  readonly query: Query;
}

/** A statement that was understood, with the server's plan for it. */
export interface JudgedStatement extends ReadStatement {
  /** In the order in which the server reads the tables. */
  readonly plan: readonly TableAccess[];
}

/** A statement that was not judged, and why. */
export interface RefusedStatement {
  readonly statement: string;
  readonly source: StatementSource;
  /** As `line`, of the place where it stands. */
  readonly file: string | null;
  readonly line: number | null;
  readonly reason: string;
}

/** What a judged statement says for an index, before anything was measured. */
export function toStatementEvidence({
  statement,
  query,
  plan,
}: JudgedStatement): StatementEvidence {
  return {
    statement: statement.text,
    sources: statement.sources,
    count: statement.count,
    rowsRead: Math.round(rowsExamined(plan)),
    plan: describePlan(query, plan),
    values: statement.values,
    withoutMs: null,
    withMs: null,
    gain: null,
    pairs: 0,
    isChosen: null,
    file: statement.file,
    line: statement.line,
    note: null,
  };
}

/**
 * The form of a statement without its values: two that differ by values alone have the same. Digests write some words
 * in another way than people, and leave out signs and repeated rows: both ways have the same form.
 */
export function fingerprint(tokens: readonly Token[]): string {
  const words = tokens.map((token, i) => {
    if (['string', 'number', 'placeholder'].includes(token.kind)) return '?';
    if (token.kind === 'ellipsis' || isNullValue(tokens, i)) return '?';
    const word = token.text.toLowerCase();
    return token.kind === 'name' ? word : (synonyms.get(word) ?? word);
  });
  // A list of values is one value, as digests have it; so is a list of rows.
  return words
    .filter((_, i) => !isSignOfValue(tokens, words, i))
    .join(' ')
    .replace(/\?(?: , \?)+/g, '?')
    .replace(/\( \? \)(?: , \( \? \))+/g, '( ? )');
}

/** Words that are one to the servers' parsers, as seen in the digests of MariaDB 10.5 to 11.8 and MySQL 9.7. */
const synonyms: ReadonlyMap<string, string> = new Map([
  ['<>', '!='],
  ['distinctrow', 'distinct'],
  ['regexp', 'rlike'],
  ['char', 'character'],
  ['substr', 'substring'],
  ['mid', 'substring'],
  ['current_timestamp', 'now'],
  ['current_date', 'curdate'],
  ['current_time', 'curtime'],
  ['std', 'stddev_pop'],
  ['stddev', 'stddev_pop'],
  ['variance', 'var_pop'],
  ...['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'].map(
    (unit) => [`sql_tsi_${unit}`, unit] as const,
  ),
]);

/** NULL where a value stands; IS NULL is no value. */
function isNullValue(tokens: readonly Token[], index: number): boolean {
  return isWord(tokens[index], 'NULL') && !isWord(tokens[index - 1], 'IS', 'NOT');
}

/** The minus of `= -1` and of `(-1, -2)`; that of `a - 1` is an operator. */
function isSignOfValue(tokens: readonly Token[], words: readonly string[], index: number): boolean {
  const before = tokens[index - 1];
  return (
    isSign(tokens[index], '-', '+') &&
    words[index + 1] === '?' &&
    (before?.kind === 'operator' ||
      isSign(before, '(', ',') ||
      isWord(before, 'IN', 'BETWEEN', 'AND', 'OR', 'LIMIT', 'INTERVAL', 'THEN', 'ELSE', 'WHEN'))
  );
}
