import { describe, expect, it } from 'vitest';
import { TokenError, tokenize } from '../../../../src/optimizer/sql/tokenize.ts';

const texts = (sql: string): string[] => tokenize(sql).map((token) => token.text);
const kinds = (sql: string): string[] => tokenize(sql).map((token) => token.kind);

describe('tokens of a statement', () => {
  it('reads a quoted name without its quotes, whatever it holds', () => {
    expect(tokenize('`a``b.c d`')[0]).toMatchObject({ kind: 'name', text: 'a`b.c d' });
  });

  it.each([
    ["'it''s'", "'it''s'"],
    [String.raw`'a\'b'`, String.raw`'a\'b'`],
    ['"a; b"', '"a; b"'],
    ["x'1f'", "x'1f'"],
    ["_utf8mb4'ü'", "_utf8mb4'ü'"],
  ])('reads the text %s as one token', (sql, text) => {
    expect(tokenize(sql)).toMatchObject([{ kind: 'string', text }]);
  });

  it('leaves out comments of every kind', () => {
    expect(texts('a -- one\n# two\n/* three ; */ b')).toEqual(['a', 'b']);
  });

  it('reads two dashes without a blank as two minus signs', () => {
    expect(texts('1--1')).toEqual(['1', '-', '-', '1']);
  });

  it('knows a name that begins with a digit from a number', () => {
    expect(kinds('2fa 2 1e5 0xff .5')).toEqual(['word', 'number', 'number', 'number', 'number']);
  });

  it('knows the places of a digest', () => {
    expect(kinds('a = ? AND b IN (...)')).toContain('ellipsis');
    expect(kinds('a = ?')).toContain('placeholder');
  });

  it.each([
    ["SELECT 'open", 'not closed'],
    ['SELECT `open', 'not closed'],
    ['SELECT /* open', 'not closed'],
    ['SELECT /*!50000 SLEEP(9) */ 1', 'executable comment'],
    ['SELECT /*M!100100 1 */', 'executable comment'],
    ['SELECT /*+ NO_INDEX(a) */ 1', 'hint'],
    ['SELECT \u0001', 'character'],
  ])('refuses %j', (sql, message) => {
    expect(() => tokenize(sql)).toThrow(TokenError);
    expect(() => tokenize(sql)).toThrow(message);
  });
});
