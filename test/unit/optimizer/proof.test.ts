import { describe, expect, it } from 'vitest';
import { formatGain } from '../../../src/optimizer/gain.ts';
import { withoutIndex } from '../../../src/optimizer/proof.ts';
import { readQuery } from '../../../src/optimizer/sql/query.ts';
import { median } from '../../../src/optimizer/timing.ts';
import { shop } from './schema-fixture.ts';

describe('the statement without an index', () => {
  it.each([
    ['SELECT id FROM orders WHERE id = 1', 'SELECT id FROM orders IGNORE INDEX (`x`) WHERE id = 1'],
    [
      'SELECT 1 FROM users u JOIN `orders` AS `o` ON o.user_id = u.id',
      'SELECT 1 FROM users u JOIN `orders` AS `o` IGNORE INDEX (`x`) ON o.user_id = u.id',
    ],
    [
      'SELECT 1 FROM orders a, orders b LIMIT 1',
      'SELECT 1 FROM orders a IGNORE INDEX (`x`), orders b IGNORE INDEX (`x`) LIMIT 1',
    ],
  ])('%s', (sql, expected) => {
    expect(withoutIndex(readQuery(sql, shop()), { table: 'orders', name: 'x' })).toBe(expected);
  });
});

describe('figures', () => {
  it('takes the middle of the times, so that one slow run does not count', () => {
    expect(median([5, 1, 900])).toBe(5);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  it('writes a gain with as many digits as it deserves, cut and not rounded', () => {
    expect([1.34, 9.96, 14.2, 207].map(formatGain)).toEqual(['1.3×', '9.9×', '14×', '207×']);
  });
});
