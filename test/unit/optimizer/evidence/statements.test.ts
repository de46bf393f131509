import { expect, it } from 'vitest';
import { fingerprint } from '../../../../src/optimizer/evidence/statements.ts';
import { tokenize } from '../../../../src/optimizer/sql/tokenize.ts';

const form = (sql: string): string => fingerprint(tokenize(sql));

it('gives statements that differ by values alone the same form, and digests too', () => {
  const expected = form('SELECT id FROM t WHERE a = ? AND b IN (...) LIMIT ?');
  expect(form("select `id` from t where a = 'x' and b in (1, 2, 3) limit 5")).toBe(expected);
  expect(form('SELECT ID FROM `t` WHERE `a` = ? AND `b` IN (?) LIMIT ?')).toBe(expected);
});

it('gives statements that differ otherwise another form', () => {
  expect(form('SELECT a FROM t WHERE b = 1')).not.toBe(form('SELECT a FROM t WHERE c = 1'));
  expect(form('SELECT a FROM t WHERE b = 1')).not.toBe(form('SELECT a FROM t WHERE b > 1'));
});
