import { closingOf, isOperatorWord, splitByComma } from './expression.ts';
import { Refusal } from './refusal.ts';
import { isSign, isWord } from './tokenize.ts';
import type { Token } from './tokenize.ts';

/** A SELECT taken apart into its clauses; names are not looked up yet. */
export interface Clauses {
  readonly isDistinct: boolean;
  /** Counts all rows beside the LIMIT, and so reads them all. */
  readonly countsAllRows: boolean;
  readonly items: readonly SelectItem[];
  readonly tables: readonly TableName[];
  /** Of WHERE and every ON; each a condition of its own. */
  readonly conditions: readonly (readonly Token[])[];
  /** Columns of JOIN … USING, with the number of the table on the right. */
  readonly using: readonly { column: string; table: number }[];
  readonly groupBy: readonly (readonly Token[])[];
  readonly having: readonly Token[];
  readonly orderBy: readonly { tokens: readonly Token[]; isDescending: boolean }[];
  /** The tokens behind LIMIT; null without one. */
  readonly limit: readonly Token[] | null;
}

export interface SelectItem {
  readonly tokens: readonly Token[];
  readonly alias: string | null;
  /** `*` has the qualifier null, `o.*` has `o`; undefined for an expression. */
  readonly star?: string | null;
}

export interface TableName {
  readonly database: string | null;
  readonly name: string;
  readonly alias: string;
  /** Where in the statement an index hint for this table goes. */
  readonly hintOffset: number;
  /** The name in the statement, without the alias; null behind the name of a database. */
  readonly nameRange: { readonly start: number; readonly end: number } | null;
}

/** Clauses behind the select list, in the order in which they may stand. */
const clauseWords = ['FROM', 'WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT'] as const;
/** Words at the end or the top of a statement that make it more than a plain read of tables. */
const refusedWords: Readonly<Record<string, string>> = {
  UNION: 'it is a UNION',
  INTERSECT: 'it is an INTERSECT',
  EXCEPT: 'it is an EXCEPT',
  INTO: 'it writes its result somewhere (INTO)',
  FOR: 'it locks rows (FOR UPDATE or FOR SHARE)',
  LOCK: 'it locks rows (LOCK IN SHARE MODE)',
  PROCEDURE: 'it calls a procedure',
  WINDOW: 'it holds a window function',
  QUALIFY: 'it holds a window function',
};

/**
 * @throws Refusal for everything that is not SELECT … FROM tables … [WHERE] [GROUP BY] [HAVING] [ORDER BY] [LIMIT]
 */
export function readClauses(tokens: readonly Token[]): Clauses {
  if (!isWord(tokens[0], 'SELECT')) {
    throw new Refusal(
      isWord(tokens[0], 'WITH')
        ? 'it begins with a common table expression (WITH)'
        : 'it is not a SELECT: only reads are judged',
    );
  }
  const slices = sliceClauses(tokens.slice(1));
  const { FROM: from, WHERE: where, GROUP: group, ORDER: order, LIMIT: limit } = slices;
  if (!from) throw new Refusal('it reads no table');
  const select = readModifiers(slices.SELECT);
  const read = readTables(from);
  return {
    isDistinct: select.words.some((word) => word.startsWith('DISTINCT')),
    countsAllRows: select.words.includes('SQL_CALC_FOUND_ROWS'),
    items: splitByComma(select.rest).map(readItem),
    tables: read.tables,
    conditions: [...read.conditions, ...(where ? [where] : [])],
    using: read.using,
    groupBy: group ? splitByComma(afterBy(group, 'GROUP')) : [],
    having: slices.HAVING ?? [],
    orderBy: order ? splitByComma(afterBy(order, 'ORDER')).map(readDirection) : [],
    limit: limit ?? null,
  };
}

type ClauseWord = (typeof clauseWords)[number];

function sliceClauses(
  tokens: readonly Token[],
): { SELECT: Token[] } & Partial<Record<ClauseWord, Token[]>> {
  const slices: { SELECT: Token[] } & Partial<Record<ClauseWord, Token[]>> = { SELECT: [] };
  let current = slices.SELECT;
  let reached = -1;
  let depth = 0;
  for (const token of tokens) {
    if (isSign(token, '(')) depth += 1;
    if (isSign(token, ')')) depth -= 1;
    if (depth < 0) throw new Refusal('a parenthesis is not opened');
    const word = depth === 0 && token.kind === 'word' ? token.text.toUpperCase() : '';
    const refused = Object.hasOwn(refusedWords, word) ? refusedWords[word] : undefined;
    if (refused !== undefined) throw new Refusal(refused);
    const clause = clauseWords.indexOf(word as ClauseWord);
    if (clause >= 0) {
      if (clause <= reached) throw new Refusal(`${word} stands where it is not expected`);
      reached = clause;
      current = [];
      slices[word as ClauseWord] = current;
    } else current.push(token);
  }
  if (depth > 0) throw new Refusal('a parenthesis is not closed');
  return slices;
}

const modifiers = 'ALL DISTINCT DISTINCTROW SQL_NO_CACHE SQL_CACHE SQL_CALC_FOUND_ROWS'.split(' ');

function readModifiers(tokens: readonly Token[]): { words: string[]; rest: readonly Token[] } {
  let at = 0;
  while (isWord(tokens[at], ...modifiers)) at += 1;
  return {
    words: tokens.slice(0, at).map((token) => token.text.toUpperCase()),
    rest: tokens.slice(at),
  };
}

function readItem(tokens: readonly Token[]): SelectItem {
  if (isSign(tokens.at(-1), '*') && (tokens.length === 1 || isSign(tokens.at(-2), '.'))) {
    return { tokens, alias: null, star: tokens.at(-3)?.text ?? null };
  }
  const last = tokens.at(-1);
  const before = tokens.at(-2);
  if (!last || !before || !['word', 'name', 'string'].includes(last.kind)) {
    return { tokens, alias: null };
  }
  if (isWord(before, 'AS')) return { tokens: tokens.slice(0, -2), alias: unquoted(last) };
  return endsOperand(before) && !isWord(last, 'END') && !isWord(tokens.at(-3), 'INTERVAL')
    ? { tokens: tokens.slice(0, -1), alias: unquoted(last) }
    : { tokens, alias: null };
}

/** What may stand before a new name without AS: `total sum`, `COUNT(*) n`, `1 one`. */
function endsOperand(token: Token): boolean {
  if (token.kind === 'word') return !isOperatorWord(token.text) || isWord(token, 'NULL', 'TRUE');
  return ['name', 'number', 'string', 'placeholder'].includes(token.kind) || isSign(token, ')');
}

function unquoted(token: Token): string {
  return token.kind === 'string' ? token.text.slice(1, -1) : token.text;
}

function readDirection(tokens: readonly Token[]): {
  tokens: readonly Token[];
  isDescending: boolean;
} {
  const isTold = isWord(tokens.at(-1), 'ASC', 'DESC');
  return {
    tokens: isTold ? tokens.slice(0, -1) : tokens,
    isDescending: isWord(tokens.at(-1), 'DESC'),
  };
}

function afterBy(tokens: readonly Token[], word: string): readonly Token[] {
  if (!isWord(tokens[0], 'BY')) throw new Refusal(`${word} is not followed by BY`);
  if (isWord(tokens.at(-1), 'ROLLUP')) throw new Refusal('it asks for subtotals (WITH ROLLUP)');
  return tokens.slice(1);
}

const joinWords = ['JOIN', 'INNER', 'CROSS', 'LEFT', 'RIGHT', 'STRAIGHT_JOIN', 'NATURAL'];
const notAnAlias = [...joinWords, 'OUTER', 'ON', 'USING', 'USE', 'FORCE', 'IGNORE', 'PARTITION'];

interface Tables {
  tables: TableName[];
  conditions: Token[][];
  using: { column: string; table: number }[];
}

function readTables(tokens: readonly Token[]): Tables {
  const read: Tables = { tables: [], conditions: [], using: [] };
  let at = readTable(tokens, 0, read);
  while (at < tokens.length) {
    at = readTable(tokens, skipJoin(tokens, at), read);
    if (isWord(tokens[at], 'ON')) {
      const end = endOfCondition(tokens, at + 1);
      read.conditions.push(tokens.slice(at + 1, end));
      at = end;
    } else if (isWord(tokens[at], 'USING')) {
      const close = closingOf(tokens, at + 1);
      if (close < 0) throw new Refusal('USING names no columns');
      const names = splitByComma(tokens.slice(at + 2, close));
      const table = read.tables.length - 1;
      read.using.push(...names.map(([name]) => ({ column: name?.text ?? '', table })));
      at = close + 1;
    }
  }
  return read;
}

/** Past the comma or the words of a join. */
function skipJoin(tokens: readonly Token[], at: number): number {
  if (isSign(tokens[at], ',') || isWord(tokens[at], 'STRAIGHT_JOIN', 'JOIN')) return at + 1;
  if (isWord(tokens[at], 'NATURAL')) throw new Refusal('it holds a NATURAL JOIN');
  if (!isWord(tokens[at], ...joinWords)) {
    throw new Refusal(`the list of tables is not understood at ${tokens[at]?.text ?? 'its end'}`);
  }
  const next = isWord(tokens[at + 1], 'OUTER') ? at + 2 : at + 1;
  if (!isWord(tokens[next], 'JOIN')) throw new Refusal('the list of tables is not understood');
  return next + 1;
}

function readTable(tokens: readonly Token[], start: number, read: Tables): number {
  let at = start;
  const nameAt = (index: number): Token => {
    const token = tokens[index];
    if (isSign(token, '(')) throw new Refusal('it reads from a subquery or a list in parentheses');
    if (token?.kind !== 'word' && token?.kind !== 'name') throw new Refusal('a table has no name');
    return token;
  };
  let name = nameAt(at);
  let database: string | null = null;
  if (isSign(tokens[at + 1], '.')) {
    database = name.text;
    name = nameAt(at + 2);
    at += 2;
  }
  at += 1;
  if (isSign(tokens[at], '(')) throw new Refusal(`it reads from ${name.text}()`);
  let last = name;
  let alias = name.text;
  if (isWord(tokens[at], 'AS')) at += 1;
  const token = tokens[at];
  if (token?.kind === 'name' || (token?.kind === 'word' && !isWord(token, ...notAnAlias))) {
    alias = token.text;
    last = token;
    at += 1;
  }
  if (isWord(tokens[at], 'USE', 'FORCE', 'IGNORE')) {
    throw new Refusal('it tells the server which index to use');
  }
  if (isWord(tokens[at], 'PARTITION')) throw new Refusal('it names partitions');
  const nameRange = database === null ? { start: name.start, end: name.end } : null;
  read.tables.push({ database, name: name.text, alias, hintOffset: last.end, nameRange });
  return at;
}

function endOfCondition(tokens: readonly Token[], start: number): number {
  let depth = 0;
  for (let i = start; i < tokens.length; i += 1) {
    if (isSign(tokens[i], '(')) depth += 1;
    if (isSign(tokens[i], ')')) depth -= 1;
    // LEFT( and RIGHT( are functions.
    const isFunction = isSign(tokens[i + 1], '(') && isWord(tokens[i], 'LEFT', 'RIGHT');
    if (depth === 0 && !isFunction && (isSign(tokens[i], ',') || isWord(tokens[i], ...joinWords)))
      return i;
  }
  return tokens.length;
}
