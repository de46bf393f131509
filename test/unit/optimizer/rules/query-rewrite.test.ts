import { describe, expect, it } from 'vitest';
import type { TableAccess } from '../../../../src/optimizer/explain.ts';
import type { Finding } from '../../../../src/optimizer/findings.ts';
import { queryRewrite } from '../../../../src/optimizer/rules/query-rewrite.ts';
import type { Schema } from '../../../../src/optimizer/schema.ts';
import { access, judged } from '../judged-fixture.ts';
import { column, index, schemaOf, table } from '../schema-fixture.ts';

const schema = schemaOf(
  table('users', {
    columns: [column('id'), column('email', 'varchar(100)'), column('name', 'varchar(100)')],
    indexes: [index('PRIMARY', ['id']), index('uq_email', ['email'])],
  }),
  table('orders', {
    columns: [column('id'), column('user_id'), column('placed_at', 'timestamp'), column('total')],
    indexes: [index('PRIMARY', ['id']), index('by_date', ['placed_at']), index('u', ['user_id'])],
  }),
);

/** The plan of the trap: users first, then their orders, all sorted. */
const trapped = [
  access(1, { rows: 400, usesTemporary: true, sorts: true }),
  access(0, { type: 'ref', key: 'u', rows: 10, examined: 4000 }),
];

function find(text: string, plan: TableAccess[], of: Schema = schema): Finding[] {
  return queryRewrite.find({ schema: of, statements: [judged(text, of, plan)] });
}

describe('a LIMIT in the order of one table, joined from another', () => {
  const page = 'SELECT o.*, u.name FROM orders o JOIN users u ON u.id = o.user_id';

  it('is rewritten to begin at the table that has the order', () => {
    const [finding, ...others] = find(`${page} ORDER BY o.placed_at DESC LIMIT 50`, trapped);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      rule: 'query-rewrite',
      status: 'review',
      table: 'orders',
      columns: ['placed_at'],
      sql: [
        'SELECT STRAIGHT_JOIN o.*, u.name FROM orders o JOIN users u ON u.id = o.user_id ORDER BY o.placed_at DESC LIMIT 50',
      ],
    });
    expect(finding?.reason).toContain('by_date');
  });

  it.each([
    ['without a LIMIT', `${page} ORDER BY o.placed_at DESC`, trapped],
    ['in an order that no index has', `${page} ORDER BY o.total LIMIT 50`, trapped],
    ['in the order of both tables', `${page} ORDER BY o.placed_at, u.name LIMIT 50`, trapped],
    [
      'when the server begins there by itself',
      `${page} ORDER BY o.placed_at LIMIT 50`,
      [access(0, { type: 'index', key: 'by_date' }), access(1, { type: 'eq_ref', rows: 1 })],
    ],
    [
      'when groups are made first',
      'SELECT o.placed_at, COUNT(*) FROM orders o JOIN users u ON u.id = o.user_id GROUP BY o.placed_at ORDER BY o.placed_at LIMIT 5',
      trapped,
    ],
    [
      'when the other table is written first',
      'SELECT o.* FROM users u JOIN orders o ON u.id = o.user_id ORDER BY o.placed_at LIMIT 5',
      [access(0, { sorts: true }), access(1, { type: 'ref', key: 'u' })],
    ],
  ])('is left alone %s', (_, text, plan) => {
    expect(find(text, plan)).toEqual([]);
  });
});

describe('a condition that hides its column from every index', () => {
  it('is told with the range to write for a date', () => {
    const [finding] = find("SELECT id FROM orders WHERE DATE(placed_at) = '2026-11-01'", [
      access(0),
    ]);
    expect(finding).toMatchObject({ table: 'orders', columns: ['placed_at'], sql: [] });
    expect(finding?.reason).toMatch(/DATE\(\) stands around orders.placed_at.*placed_at >= /);
  });

  it('is told for other functions, also on the right side', () => {
    const [finding] = find("SELECT id FROM users WHERE 'a@b.example' = LOWER(email)", [access(0)]);
    expect(finding?.reason).toContain('LOWER() stands around users.email');
  });

  it('is told for a pattern that begins with a wildcard', () => {
    const [finding] = find("SELECT id FROM users WHERE name LIKE '%son'", [access(0)]);
    expect(finding?.reason).toContain("LIKE '%son' begins with a wildcard");
  });

  it.each([
    ['a function around the constant', 'SELECT id FROM orders WHERE placed_at = DATE(NOW())'],
    ['a pattern with a known beginning', "SELECT id FROM users WHERE name LIKE 'son%'"],
    ['a function over two columns', 'SELECT id FROM orders WHERE GREATEST(id, user_id) = 5'],
  ])('is not %s', (_, text) => {
    expect(find(text, [access(0)])).toEqual([]);
  });

  it('does not matter where few rows are read, or another condition finds them', () => {
    const text = "SELECT id FROM orders WHERE user_id = 7 AND DATE(placed_at) = '2026-11-01'";
    expect(find(text, [access(0, { type: 'ref', key: 'u', rows: 2000 })])).toEqual([]);
    expect(find(text, [access(0, { rows: 50 })])).toEqual([]);
  });
});
