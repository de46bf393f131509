import { describe, expect, it } from 'vitest';
import type { TableAccess } from '../../../../src/optimizer/explain.ts';
import { unboundedQuery } from '../../../../src/optimizer/rules/unbounded-query.ts';
import { access, judged } from '../judged-fixture.ts';
import { column, schemaOf, shop, table } from '../schema-fixture.ts';

function reasons(text: string, plan: TableAccess[] = [access(0)], schema = shop()): string[] {
  return unboundedQuery
    .find({ schema, statements: [judged(text, schema, plan)] })
    .map(({ reason }) => reason);
}

describe('a statement without a LIMIT', () => {
  it('is told when it returns the rows of a table that grows, with its order', () => {
    const [reason] = reasons('SELECT * FROM orders ORDER BY placed_at DESC');
    expect(reason).toContain('returns about 100,000 rows now, more as orders grows');
    expect(reason).toContain('the next page from the last placed_at on');
  });

  it.each([
    ['it has one', 'SELECT * FROM orders ORDER BY placed_at LIMIT 50'],
    ['it counts', 'SELECT COUNT(*) FROM orders'],
    ['it groups', 'SELECT status, COUNT(*) FROM orders GROUP BY status'],
    ['it wants different values', 'SELECT DISTINCT status FROM orders'],
  ])('is left alone when %s', (_, text) => {
    expect(reasons(text)).toEqual([]);
  });

  it('is left alone when it finds few rows', () => {
    const plan = [access(0, { type: 'ref', rows: 120, examined: 120, passed: 120 })];
    expect(reasons('SELECT * FROM orders WHERE user_id = 7', plan)).toEqual([]);
  });

  it('is left alone on a table of settings, which has no date', () => {
    const countries = schemaOf(table('countries', { columns: [column('id'), column('code')] }));
    expect(reasons('SELECT * FROM countries', [access(0, { rows: 250 })], countries)).toEqual([]);
  });
});
