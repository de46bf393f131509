import { Refusal } from '../../sql/refusal.ts';
import { isSign, isWord, tokenize, TokenError } from '../../sql/tokenize.ts';
import type { Token } from '../../sql/tokenize.ts';
import { hole } from './template.ts';

/**
 * Turns a text of PHP source into a statement: each hole where a value stands, and each `:name`, becomes a `?`.
 * @throws Refusal when a hole may be something else than a value: a name, a condition, a list of columns
 */
export function fillHoles(template: string): string {
  if (!template.includes(hole) && !/:[a-z_]/i.test(template)) return template.trim();
  const text = template.trim().replaceAll(quoted, (match) => {
    if (!match.includes(hole)) return match;
    if (match.startsWith('`')) throw new Refusal(tooDynamic);
    return placeholder;
  });
  if (new RegExp(`[\\w$\`]${hole}|${hole}[\\w$\`]`).test(text)) throw new Refusal(tooDynamic);
  const named = text.replaceAll(outsideQuotes, (match, quotedText: string | undefined) =>
    quotedText === undefined ? placeholder : match,
  );
  const filled = named.replaceAll(hole, placeholder).trim();
  const tokens = read(filled);
  // A `?` that stood there already is a value; one that was made from a hole may be anything.
  for (const [i, token] of tokens.entries()) {
    if (token.kind === 'placeholder' && !isValue(tokens, i)) throw new Refusal(tooDynamic);
  }
  return filled;
}

const tooDynamic = 'a part of it that is no value is only known at run time';
const placeholder = ' ? ';
const quoted = /'[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"|`[^`]*`/g;
/** A quoted text, kept as it is, or a placeholder with a name. */
const outsideQuotes =
  /('[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"|`[^`]*`)|(?<![:\w]):[a-z_]\w*/gi;

function read(text: string): Token[] {
  try {
    return tokenize(text);
  } catch (error) {
    if (error instanceof TokenError) throw new Refusal(error.message, { cause: error });
    throw error;
  }
}

const before = ['LIKE', 'BETWEEN', 'LIMIT', 'OFFSET', 'VALUES', 'THEN', 'ELSE', 'WHEN', 'REGEXP'];
const after =
  'AND OR GROUP ORDER HAVING LIMIT OFFSET AS FROM THEN ELSE END WHEN ON WHERE ASC DESC FOR DAY HOUR MINUTE MONTH SECOND WEEK YEAR UNION JOIN LEFT RIGHT INNER ESCAPE IS IN XOR'.split(
    ' ',
  );

/** A value stands behind an operator, a comma, a parenthesis or a word that asks for one, and before what ends it. */
function isValue(tokens: readonly Token[], index: number): boolean {
  const previous = tokens[index - 1];
  const next = tokens[index + 1];
  const isAfter =
    previous?.kind === 'operator' ||
    isSign(previous, '(', ',') ||
    isWord(previous, ...before) ||
    isWord(previous, 'INTERVAL', 'SELECT', 'DISTINCT') ||
    (isWord(previous, 'AND') && isUpperBound(tokens, index));
  const isBefore =
    next === undefined ||
    next.kind === 'operator' ||
    isSign(next, ')', ',', ';') ||
    isWord(next, ...after);
  const isSelected = isWord(previous, 'SELECT', 'DISTINCT');
  const isList = isSign(previous, ',') || isSign(next, ',');
  return isAfter && isBefore && !isSelected && !(isList && isColumnList(tokens, index));
}

/** BETWEEN ? AND ? */
function isUpperBound(tokens: readonly Token[], index: number): boolean {
  return isWord(tokens[index - 3], 'BETWEEN');
}

/** In a list of columns or tables, a hole is a name rather than a value. */
function isColumnList(tokens: readonly Token[], index: number): boolean {
  let depth = 0;
  for (let i = index - 1; i >= 0; i -= 1) {
    if (isSign(tokens[i], ')')) depth += 1;
    if (isSign(tokens[i], '(')) {
      if (depth === 0) return false;
      depth -= 1;
    }
    if (depth > 0) continue;
    if (isWord(tokens[i], 'SELECT', 'BY', 'FROM')) return true;
    if (isWord(tokens[i], 'WHERE', 'LIMIT', 'SET', 'VALUES', 'ON', 'HAVING')) return false;
  }
  return false;
}
