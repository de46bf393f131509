/** A piece of a statement. Comments and white space are left out; `start` and `end` are offsets in its text. */
export interface Token {
  readonly kind: TokenKind;
  /** As it stands; for a quoted name the name without its quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export type TokenKind =
  /** A keyword, a function or an unquoted name. */
  | 'word'
  /** A name in backticks. */
  | 'name'
  /** A text, in single or double quotes, with its quotes. */
  | 'string'
  | 'number'
  /** `?` */
  | 'placeholder'
  /** `...`: values that a digest leaves out. */
  | 'ellipsis'
  /** `@name`, `@@name`, `:=` */
  | 'variable'
  | 'operator'
  /** `( ) , . ;` */
  | 'punctuation';

/** What cannot be read as tokens. */
export class TokenError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/**
 * Splits SQL into tokens by the rules of MySQL and MariaDB without ANSI_QUOTES and NO_BACKSLASH_ESCAPES, as
 * scalectl's own sessions are set.
 * @throws TokenError for an unclosed quote or comment, and for what is not a plain comment: executable comments
 *   and optimizer hints change a statement's meaning
 */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const next = skipBlank(sql, at);
    if (next > at) {
      at = next;
      continue;
    }
    const token = readToken(sql, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

/** The offset after white space or one comment that begins here; the same offset when there is neither. */
export function skipBlank(sql: string, at: number): number {
  const rest = sql.slice(at, at + 3);
  if (/^\s/.test(rest)) return at + 1;
  if (rest.startsWith('#') || /^--(\s|$)/.test(rest)) {
    const end = sql.indexOf('\n', at);
    return end < 0 ? sql.length : end + 1;
  }
  if (!rest.startsWith('/*')) return at;
  if (/^\/\*(?:M?!|\+)/.test(sql.slice(at, at + 4))) {
    throw new TokenError('it holds an executable comment or an optimizer hint', at);
  }
  const end = sql.indexOf('*/', at + 2);
  if (end < 0) throw new TokenError('a comment is not closed', at);
  return end + 2;
}

/** Reads one token at an offset that is neither blank nor a comment. */
export function readToken(sql: string, at: number): Token {
  const character = sql.charAt(at);
  if (character === '`') {
    const end = endOfQuoted(sql, at);
    return {
      kind: 'name',
      text: sql.slice(at + 1, end - 1).replaceAll('``', '`'),
      start: at,
      end,
    };
  }
  if (character === "'" || character === '"') return whole('string', sql, at, endOfQuoted(sql, at));
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(sql);
    if (match) return whole(kind, sql, at, at + match[0].length);
  }
  throw new TokenError(`it holds the character ${JSON.stringify(character)}`, at);
}

/** In the order in which they are tried. */
const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  ['ellipsis', /\.\.\./y],
  ['variable', /@@?[\w.$]*|:=/y],
  // x'1f', b'01', n'text', _utf8mb4'text' are texts whose first letters are no names.
  ['string', /(?:[xXbBnN]|_[a-zA-Z0-9]+\s*)'(?:[^'\\]|''|\\.)*'/sy],
  [
    'number',
    /0[xX][0-9a-fA-F]+\b|0b[01]+\b|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w$\u0080-\uffff])/y,
  ],
  // A name may begin with digits, and holds letters of any script.
  ['word', /[\w$\u0080-\uffff]+/y],
  ['placeholder', /\?/y],
  ['operator', /<=>|<=|>=|<>|!=|<<|>>|&&|\|\||->>|->|[-+*/%=<>!~^&|]/y],
  ['punctuation', /[(),.;]/y],
];

function whole(kind: TokenKind, sql: string, start: number, end: number): Token {
  return { kind, text: sql.slice(start, end), start, end };
}

/** The offset after the closing quote. A doubled quote, and outside backticks a backslash, keeps the text open. */
function endOfQuoted(sql: string, at: number): number {
  const quote = sql.charAt(at);
  for (let i = at + 1; i < sql.length; i += 1) {
    const character = sql.charAt(i);
    if (character === '\\' && quote !== '`') i += 1;
    else if (character === quote) {
      if (sql.charAt(i + 1) !== quote) return i + 1;
      i += 1;
    }
  }
  throw new TokenError(`a quote ${quote} is not closed`, at);
}

/** A keyword, compared without regard to case. */
export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toUpperCase());
}

export function isSign(token: Token | undefined, ...signs: readonly string[]): boolean {
  return (
    (token?.kind === 'punctuation' || token?.kind === 'operator') && signs.includes(token.text)
  );
}
