import { isAggregate, isConstantWord, isHarmlessFunction } from './functions.ts';
import { Refusal } from './refusal.ts';
import { isSign, isWord } from './tokenize.ts';
import type { Token } from './tokenize.ts';

/** A column as a statement names it, before it is known of which table. */
export interface ColumnName {
  readonly database: string | null;
  readonly qualifier: string | null;
  readonly column: string;
}

/** What an expression reads. */
export interface Expression {
  readonly tokens: readonly Token[];
  readonly columns: readonly ColumnName[];
  /** The whole expression is this column and nothing else. */
  readonly column: ColumnName | null;
  readonly hasAggregate: boolean;
}

/** Words of expressions that are reserved: a column of this name must be in backticks. */
const operators = new Set(
  'AND OR XOR NOT IN IS NULL LIKE RLIKE REGEXP BETWEEN DIV MOD TRUE FALSE BINARY DISTINCT SEPARATOR ASC DESC ORDER BY'.split(
    ' ',
  ),
);
const units = new Set(
  `MICROSECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR SECOND_MICROSECOND MINUTE_MICROSECOND MINUTE_SECOND
  HOUR_MICROSECOND HOUR_SECOND HOUR_MINUTE DAY_MICROSECOND DAY_SECOND DAY_MINUTE DAY_HOUR YEAR_MONTH`.split(
    /\s+/,
  ),
);
/** Functions whose first argument may be a unit. */
const takesUnit = ['EXTRACT', 'TIMESTAMPDIFF', 'TIMESTAMPADD'];

/**
 * Reads which columns an expression names, and makes sure that everything else in it is known and harmless.
 * @throws Refusal for subqueries, variables, unknown functions and unknown syntax
 */
export function readExpression(tokens: readonly Token[]): Expression {
  const given = stripParentheses(tokens);
  const reader = new ExpressionReader(given);
  reader.readAll();
  return {
    tokens: given,
    columns: reader.columns,
    column: reader.isOneColumn ? (reader.columns[0] ?? null) : null,
    hasAggregate: reader.hasAggregate,
  };
}

/** AND, LIKE and the like: reserved words that stand between or before operands. */
export function isOperatorWord(word: string): boolean {
  return operators.has(word.toUpperCase());
}

/** Splits at a comma outside parentheses. */
export function splitByComma(tokens: readonly Token[]): Token[][] {
  return splitAtDepthZero(tokens, (token) => isSign(token, ','));
}

export function splitAtDepthZero(
  tokens: readonly Token[],
  isSeparator: (token: Token, index: number) => boolean,
): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  tokens.forEach((token, index) => {
    if (isSign(token, '(')) depth += 1;
    if (isSign(token, ')')) depth -= 1;
    if (depth === 0 && isSeparator(token, index)) parts.push([]);
    else parts.at(-1)?.push(token);
  });
  return parts;
}

/** `((a = 1))` → `a = 1`; `(a) = (1)` stays. */
export function stripParentheses(tokens: readonly Token[]): readonly Token[] {
  let rest = tokens;
  while (isSign(rest[0], '(') && closingOf(rest, 0) === rest.length - 1) rest = rest.slice(1, -1);
  return rest;
}

/** The index of the parenthesis that closes the one at `open`; -1 when none does. */
export function closingOf(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i += 1) {
    if (isSign(tokens[i], '(')) depth += 1;
    if (isSign(tokens[i], ')')) depth -= 1;
    if (depth === 0) return i;
  }
  return -1;
}

class ExpressionReader {
  readonly columns: ColumnName[] = [];
  hasAggregate = false;
  readonly #tokens: readonly Token[];
  #at = 0;
  #openCases = 0;
  #openIntervals = 0;
  #tokensOfColumns = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isOneColumn(): boolean {
    return this.columns.length === 1 && this.#tokensOfColumns === this.#tokens.length;
  }

  readAll(): void {
    if (this.#tokens.length === 0) throw new Refusal('an expression is empty');
    while (this.#at < this.#tokens.length) this.#readNext();
  }

  #peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  #readNext(): void {
    const token = this.#peek();
    if (!token) return;
    if (token.kind === 'variable') throw new Refusal('it uses a variable');
    if (isSign(token, ';')) throw new Refusal('it holds a semicolon');
    if (token.kind === 'word') this.#readWord(token);
    // Digests write the names of functions in backticks too.
    else if (token.kind === 'name' && this.#isCall()) this.#readCall(token.text.toUpperCase());
    else if (token.kind === 'name') this.#readName();
    else this.#at += 1;
  }

  #readWord(token: Token): void {
    const word = token.text.toUpperCase();
    if (word === 'SELECT' || word === 'EXISTS') throw new Refusal('it holds a subquery');
    if (word === 'OVER') throw new Refusal('it holds a window function');
    if (operators.has(word)) this.#at += 1;
    else if (this.#isCall()) this.#readCall(word);
    else if (isConstantWord(word) && !isSign(this.#peek(1), '.')) this.#at += 1;
    else if (!this.#readSyntax(word)) this.#readName();
  }

  #isCall(): boolean {
    return isSign(this.#peek(1), '(') && !isSign(this.#peek(-1), '.');
  }

  #readCall(word: string): void {
    if (!isHarmlessFunction(word)) {
      throw new Refusal(`it calls ${word}(), which is not known to be free of side effects`);
    }
    if (isAggregate(word)) this.hasAggregate = true;
    this.#at += 2;
    if (takesUnit.includes(word) && units.has(this.#peek()?.text.toUpperCase() ?? ''))
      this.#at += 1;
    // TRIM(LEADING 'x' FROM a), EXTRACT(DAY FROM a), SUBSTRING(a FROM 1 FOR 2): FROM and FOR are read as syntax.
    if (word === 'TRIM' && isWord(this.#peek(), 'LEADING', 'TRAILING', 'BOTH')) this.#at += 1;
  }

  /** Words that are syntax in their place and may be a column's name elsewhere. */
  #readSyntax(word: string): boolean {
    const next = this.#peek(1);
    if (word === 'CASE') this.#openCases += 1;
    else if (word === 'END' && this.#openCases > 0) this.#openCases -= 1;
    else if (word === 'INTERVAL') this.#openIntervals += 1;
    else if (units.has(word) && this.#openIntervals > 0) this.#openIntervals -= 1;
    else if (word === 'COLLATE' || word === 'USING') this.#at += 1;
    else if (word === 'AS') return this.#skipType();
    else if (
      !(['WHEN', 'THEN', 'ELSE'].includes(word) && this.#openCases > 0) &&
      !['FROM', 'FOR'].includes(word) &&
      !(['DATE', 'TIME', 'TIMESTAMP', 'ESCAPE'].includes(word) && next?.kind === 'string')
    ) {
      return false;
    }
    this.#at += 1;
    return true;
  }

  /** The type in CAST(a AS DECIMAL(10,2)): its words are no columns. */
  #skipType(): boolean {
    let depth = 0;
    for (let token = this.#peek(); token; token = this.#peek()) {
      if (isSign(token, '(')) depth += 1;
      if (isSign(token, ')')) depth -= 1;
      if (depth < 0) break;
      this.#at += 1;
    }
    return true;
  }

  /** `column`, `table.column` or `database.table.column`. */
  #readName(): void {
    const parts: string[] = [];
    const start = this.#at;
    for (;;) {
      const token = this.#peek();
      if (token?.kind !== 'word' && token?.kind !== 'name') throw new Refusal('a name is broken');
      parts.push(token.text);
      this.#at += 1;
      if (!isSign(this.#peek(), '.')) break;
      this.#at += 1;
    }
    if (isSign(this.#peek(), '(')) throw new Refusal(`it calls ${parts.join('.')}()`);
    if (parts.length > 3) throw new Refusal(`the name ${parts.join('.')} has too many parts`);
    const [column = '', qualifier = null, database = null] = parts.reverse();
    this.columns.push({ database, qualifier, column });
    this.#tokensOfColumns += this.#at - start;
  }
}
