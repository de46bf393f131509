import { closingOf, readExpression, splitAtDepthZero, stripParentheses } from './expression.ts';
import type { Expression } from './expression.ts';
import type { ColumnUse, Names } from './names.ts';
import { isSign, isWord } from './tokenize.ts';
import type { Token } from './tokenize.ts';

/** One of the conditions that must all hold. */
export type Condition =
  /** `column = constant`, `column IS NULL`: one place in an index. */
  | { kind: 'equal'; column: ColumnUse; values: readonly Token[] }
  /** `column IN (…)`: several places. */
  | { kind: 'in'; column: ColumnUse; values: readonly Token[] }
  /** `<`, `BETWEEN`, `LIKE 'text%'`: a stretch of an index. */
  | { kind: 'range'; column: ColumnUse }
  | { kind: 'join'; left: ColumnUse; right: ColumnUse }
  /** Anything else, which narrows the result and is served by no index. */
  | { kind: 'other'; obstacle?: Obstacle };

/** A condition on one column that an index could serve, were it written in another way. */
export interface Obstacle {
  readonly column: ColumnUse;
  /** `function`: the column stands inside one. `leading-wildcard`: LIKE '%…'. */
  readonly kind: 'function' | 'leading-wildcard';
  /** The function's name, or the pattern. */
  readonly by: string;
}

const comparisons = ['=', '<=>', '<', '>', '<=', '>=', '<>', '!='];

/**
 * Splits a condition at its ANDs and reads each part.
 * @throws Refusal for unknown columns and for what expressions may not hold
 */
export function readConditions(tokens: readonly Token[], names: Names): Condition[] {
  const parts = splitByAnd(stripParentheses(tokens));
  const [only] = parts;
  if (parts.length === 1 && only) return [readCondition(only, names)];
  return parts.flatMap((part) => readConditions(part, names));
}

function splitByAnd(tokens: readonly Token[]): Token[][] {
  let depth = 0;
  let openBetweens = 0;
  let openCases = 0;
  let hasOr = false;
  const cuts = new Set<number>();
  tokens.forEach((token, i) => {
    if (isSign(token, '(')) depth += 1;
    if (isSign(token, ')')) depth -= 1;
    if (depth > 0) return;
    if (isWord(token, 'CASE')) openCases += 1;
    if (isWord(token, 'END') && openCases > 0) openCases -= 1;
    if (isWord(token, 'BETWEEN')) openBetweens += 1;
    if (openCases > 0) return;
    if (isWord(token, 'OR', 'XOR') || isSign(token, '||')) hasOr = true;
    if (!isWord(token, 'AND') && !isSign(token, '&&')) return;
    // The AND of BETWEEN a AND b separates no conditions.
    if (openBetweens > 0) openBetweens -= 1;
    else cuts.add(i);
  });
  if (hasOr || cuts.size === 0) return [[...tokens]];
  return splitAtDepthZero(tokens, (_, i) => cuts.has(i));
}

function readCondition(tokens: readonly Token[], names: Names): Condition {
  const whole = readExpression(tokens);
  for (const name of whole.columns) names.use(name);
  const found = whole.tokens.findIndex(
    (token, i) => isTopLevel(whole.tokens, i) && isOperator(token),
  );
  if (found <= 0 || hasOr(whole.tokens)) return { kind: 'other' };
  const left = readExpression(whole.tokens.slice(0, found));
  const operator = whole.tokens[found];
  const rest = whole.tokens.slice(found + 1);
  if (isWord(operator, 'IS')) return readIs(left, rest, names);
  if (isWord(operator, 'IN')) return readIn(left, rest, names);
  if (isWord(operator, 'BETWEEN')) return readRange(left, rest, names);
  if (isWord(operator, 'LIKE')) return readLike(left, rest, names);
  if (isWord(operator, 'NOT') || rest.length === 0) return { kind: 'other' };
  return readComparison(left, operator?.text ?? '', readExpression(rest), names);
}

function isOperator(token: Token): boolean {
  return isSign(token, ...comparisons) || isWord(token, 'IS', 'IN', 'BETWEEN', 'LIKE', 'NOT');
}

function isTopLevel(tokens: readonly Token[], index: number): boolean {
  let depth = 0;
  for (const token of tokens.slice(0, index)) {
    if (isSign(token, '(')) depth += 1;
    if (isSign(token, ')')) depth -= 1;
  }
  return depth === 0;
}

function hasOr(tokens: readonly Token[]): boolean {
  return tokens.some(
    (token, i) =>
      (isWord(token, 'OR', 'XOR', 'CASE') || isSign(token, '||')) && isTopLevel(tokens, i),
  );
}

function readComparison(
  left: Expression,
  operator: string,
  right: Expression,
  names: Names,
): Condition {
  if (operator === '<>' || operator === '!=') return { kind: 'other' };
  const isEqual = operator === '=' || operator === '<=>';
  if (left.column && right.column) {
    const uses = { left: names.use(left.column), right: names.use(right.column) };
    const isJoin = isEqual && uses.left.table !== uses.right.table;
    return isJoin ? { kind: 'join', ...uses } : { kind: 'other' };
  }
  const [column, constant] = left.column ? [left.column, right] : [right.column, left];
  if (!column)
    return findWrapped(left, right, names) ?? findWrapped(right, left, names) ?? { kind: 'other' };
  if (constant.columns.length > 0) return { kind: 'other' };
  const use = names.use(column);
  return isEqual
    ? { kind: 'equal', column: use, values: constant.tokens }
    : { kind: 'range', column: use };
}

/** `DATE(placed_at) = …`: a function around one column, compared with a constant. */
function findWrapped(wrapped: Expression, constant: Expression, names: Names): Condition | null {
  const [name] = wrapped.columns;
  const [first, open] = wrapped.tokens;
  const isCall =
    first !== undefined &&
    isSign(open, '(') &&
    closingOf(wrapped.tokens, 1) === wrapped.tokens.length - 1;
  if (!isCall || !name || wrapped.columns.length > 1 || constant.columns.length > 0) return null;
  const obstacle = {
    column: names.use(name),
    kind: 'function',
    by: first.text.toUpperCase(),
  } as const;
  return { kind: 'other', obstacle };
}

function readIs(left: Expression, rest: readonly Token[], names: Names): Condition {
  if (!left.column || rest.length !== 1 || !isWord(rest[0], 'NULL')) return { kind: 'other' };
  return { kind: 'equal', column: names.use(left.column), values: [] };
}

function readIn(left: Expression, rest: readonly Token[], names: Names): Condition {
  const values = stripParentheses(rest);
  if (!left.column || values.length === 0 || readExpression(values).columns.length > 0) {
    return { kind: 'other' };
  }
  return { kind: 'in', column: names.use(left.column), values };
}

function readRange(left: Expression, rest: readonly Token[], names: Names): Condition {
  if (!left.column || readExpression(rest).columns.length > 0) return { kind: 'other' };
  return { kind: 'range', column: names.use(left.column) };
}

/** Only a text that begins with a known letter is a stretch of an index. */
function readLike(left: Expression, rest: readonly Token[], names: Names): Condition {
  const [pattern] = rest;
  const isSearchable = pattern?.kind === 'string' && /^['"][^%_'"]/.test(pattern.text);
  if (!left.column) return { kind: 'other' };
  const column = names.use(left.column);
  if (isSearchable) return { kind: 'range', column };
  return pattern?.kind === 'string' && /^['"][%_]/.test(pattern.text)
    ? { kind: 'other', obstacle: { column, kind: 'leading-wildcard', by: pattern.text } }
    : { kind: 'other' };
}
