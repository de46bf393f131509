/**
 * Patterns as Redis reads them in SCAN MATCH: `*`, `?`, `[abc]`, `[^a]`, `[a-z]` and `\` before a character that
 * means itself. Works on bytes, as Redis does: one `?` is one byte.
 */

/** The bytes that every match begins with. */
export function literalPrefix(pattern: string): string {
  let literal = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] ?? '';
    if (character === '*' || character === '?' || character === '[') break;
    if (character === '\\' && i + 1 < pattern.length) i++;
    literal += pattern[i] ?? '';
  }
  return literal;
}

/** A pattern that matches exactly this text. */
export function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]\\^-]/g, '\\$&');
}

/** `*`, `**`, `?*`: nothing would be left. */
export function matchesEverything(pattern: string): boolean {
  return /^[*?]*\*[*?]*$/.test(pattern);
}

export type Matcher = (key: Buffer) => boolean;

/** A pattern made ready for many keys. Time is at most pattern times key, whatever the pattern. */
export function compileGlob(pattern: string): Matcher {
  const tokens = tokenize(Buffer.from(pattern));
  return (key) => matches(tokens, key);
}

/** A run of any bytes, or one byte that is in the set. */
type Token = 'any' | ((byte: number) => boolean);

function tokenize(pattern: Buffer): Token[] {
  const tokens: Token[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const byte = pattern[i];
    if (byte === 0x2a) {
      if (tokens.at(-1) !== 'any') tokens.push('any');
    } else if (byte === 0x3f) tokens.push(() => true);
    else if (byte === 0x5b) {
      const set = readSet(pattern, i + 1);
      tokens.push(set.has);
      i = set.end;
    } else {
      if (byte === 0x5c && i + 1 < pattern.length) i++;
      const literal = pattern[i];
      tokens.push((found) => found === literal);
    }
  }
  return tokens;
}

/** `[…]` from behind its bracket; one that is never closed reaches to the end, as in Redis. */
function readSet(pattern: Buffer, start: number): { has: (byte: number) => boolean; end: number } {
  const isNegated = pattern[start] === 0x5e;
  const ranges: [number, number][] = [];
  let i = isNegated ? start + 1 : start;
  for (; i < pattern.length && pattern[i] !== 0x5d; i++) {
    const isEscaped = pattern[i] === 0x5c && i + 1 < pattern.length;
    if (isEscaped) i++;
    const from = pattern[i] ?? 0;
    if (!isEscaped && pattern[i + 1] === 0x2d && i + 2 < pattern.length) {
      const to = pattern[i + 2] ?? 0;
      ranges.push([Math.min(from, to), Math.max(from, to)]);
      i += 2;
    } else ranges.push([from, from]);
  }
  return {
    has: (byte) => ranges.some(([from, to]) => byte >= from && byte <= to) !== isNegated,
    end: i,
  };
}

/** On a mismatch only the last `*` takes one byte more: an earlier one could never do better. */
function matches(tokens: readonly Token[], key: Buffer): boolean {
  let token = 0;
  let at = 0;
  let starToken = -1;
  let starAt = 0;
  while (at < key.length) {
    const current = tokens[token];
    if (current === 'any') {
      starToken = token++;
      starAt = at;
    } else if (current?.(key[at] ?? 0)) {
      token++;
      at++;
    } else if (starToken >= 0) {
      token = starToken + 1;
      at = ++starAt;
    } else return false;
  }
  while (tokens[token] === 'any') token++;
  return token === tokens.length;
}
