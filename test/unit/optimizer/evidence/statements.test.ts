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

it.each([
  ['a <> -1 AND b != +2', '`a` != ? AND `b` != ?'],
  ['a IN (1, -2, +3)', '`a` IN (...)'],
  ['a = b - 1', '`a` = `b` - ?'],
  ['(a, b) IN ((1, 2), (3, 4))', '( `a` , `b` ) IN ( (...) )'],
  ['a = NULL AND b IS NULL', '`a` = ? AND `b` IS NULL'],
  ['c > CURRENT_DATE - INTERVAL 1 DAY', '`c` > CURDATE - INTERVAL ? SQL_TSI_DAY'],
  ['c > DATE_ADD(NOW(), INTERVAL -7 DAY)', '`c` > DATE_ADD ( NOW ( ) , INTERVAL ? SQL_TSI_DAY )'],
  ["SUBSTR(b, 1, 2) REGEXP 'x'", 'SUBSTRING ( `b` , ... ) RLIKE ?'],
])('gives %s the form of its digest', (condition, digest) => {
  expect(form(`SELECT DISTINCT a FROM t WHERE ${condition}`)).toBe(
    form(`SELECT DISTINCTROW \`a\` FROM \`t\` WHERE ${digest} `),
  );
});
