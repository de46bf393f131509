import { describe, expect, it } from 'vitest';
import type { TableAccess } from '../../../../src/optimizer/explain.ts';
import { missingIndex } from '../../../../src/optimizer/rules/missing-index.ts';
import { access, judged } from '../judged-fixture.ts';
import { column, index, schemaOf, shop, table } from '../schema-fixture.ts';

/** `table (columns)` of each proposal. */
function propose(texts: string | string[], schema = shop(), plan?: TableAccess[]): string[] {
  const statements = [texts].flat().map((text) => judged(text, schema, plan));
  return missingIndex
    .find({ schema, statements })
    .map((finding) => `${finding.table} (${finding.columns.join(', ')})`);
}

describe('columns of a proposed index', () => {
  it.each([
    ["SELECT * FROM orders WHERE status = 'new'", ['orders (status)']],
    ["SELECT * FROM orders WHERE status = 'new' AND total > 5", ['orders (status, total)']],
    ["SELECT * FROM orders WHERE total > 5 AND status = 'new'", ['orders (status, total)']],
    [
      "SELECT * FROM orders WHERE status = 'new' ORDER BY placed_at DESC LIMIT 5",
      ['orders (status, placed_at)'],
    ],
    ['SELECT * FROM orders ORDER BY placed_at LIMIT 5', ['orders (placed_at)']],
    [
      'SELECT * FROM orders ORDER BY placed_at DESC, total DESC LIMIT 5',
      ['orders (placed_at, total)'],
    ],
    [
      'SELECT status, COUNT(*) FROM orders WHERE user_id = 1 GROUP BY status',
      ['orders (user_id, status)'],
    ],
    ['SELECT status, COUNT(*) FROM orders GROUP BY status', ['orders (status)']],
    // The column with more different values comes first, however the statement puts it.
    ["SELECT * FROM orders WHERE status = 'new' AND user_id = 1", ['orders (user_id, status)']],
    // A long text by a prefix, and only at the end.
    ["SELECT * FROM orders WHERE note = 'x'", ['orders (note)']],
  ])('%s', (sql, expected) => {
    expect(propose(sql)).toEqual(expected);
  });

  it('takes a long text by a prefix', () => {
    const schema = shop();
    const statements = [judged("SELECT * FROM orders WHERE note = 'x'", schema)];
    expect(missingIndex.find({ schema, statements })[0]?.sql[0]).toContain('(`note`(64))');
  });

  it('covers what a join reads of each row, without the primary key that every index has', () => {
    const sql =
      'SELECT u.id, COUNT(o.id), SUM(o.total) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id';
    const plan = [
      access(0, { rows: 4000 }),
      access(1, { type: 'ref', key: 'idx_user', rows: 25, examined: 100_000 }),
    ];
    expect(propose(sql, shop(), plan)).toEqual(['orders (user_id, total)']);
  });

  it('proposes an index for the table that a join looks into, not for the one that it starts from', () => {
    const sql = "SELECT * FROM users u JOIN orders o ON o.total = u.id WHERE u.email = 'x'";
    const plan = [access(0, { type: 'const', rows: 1 }), access(1)];
    expect(propose(sql, shop(), plan)).toEqual(['orders (total)']);
  });

  it('makes one index of candidates that begin alike', () => {
    const found = propose([
      'SELECT * FROM orders WHERE total = 1',
      'SELECT * FROM orders WHERE total = 1 ORDER BY placed_at LIMIT 5',
    ]);
    expect(found).toEqual(['orders (total, placed_at)']);
  });

  it('puts columns that are each equal to one value in the order that serves other statements too', () => {
    const both = "SELECT * FROM orders WHERE total = 1 AND status = 'new'";
    expect(propose(both)).toEqual(['orders (total, status)']);
    const grouped = "SELECT total, COUNT(*) FROM orders WHERE status = 'new' GROUP BY total";
    expect(propose([both, grouped])).toEqual(['orders (status, total)']);
    const one = "SELECT * FROM orders WHERE status = 'new'";
    expect(propose([both, one])).toEqual(['orders (status, total)']);
    // Two orders that exclude each other stay two indexes.
    const other = 'SELECT status, COUNT(*) FROM orders WHERE total = 1 GROUP BY status';
    expect(propose([both, grouped, other]).sort()).toEqual([
      'orders (status, total)',
      'orders (total, status)',
    ]);
  });

  describe('for a join that reads all of one table to look into another one', () => {
    const plan = [access(1), access(0, { type: 'eq_ref', key: 'PRIMARY', rows: 1 })];
    const join = 'SELECT u.email, o.note FROM users u JOIN orders o ON o.total = u.id';

    it('lets the server begin at the other one, after the index that narrows that', () => {
      expect(propose(`${join} WHERE u.name = 'x'`, shop(), plan)).toEqual([
        'users (name)',
        'orders (total)',
      ]);
      expect(propose(`${join} WHERE u.email = 'x'`, shop(), plan)).toEqual(['orders (total)']);
    });

    it('is none where the other one is not narrowed, or where the first one is', () => {
      expect(propose(join, shop(), plan)).toEqual([]);
      const narrowed = `${join} WHERE u.name = 'x' AND o.status = 'new'`;
      expect(propose(narrowed, shop(), plan)).toEqual(['orders (status)']);
    });
  });
});

describe('no index is proposed', () => {
  it.each([
    ['where one serves already', 'SELECT * FROM orders WHERE user_id = 1'],
    [
      'where the primary key at the end of an index serves',
      'SELECT * FROM orders WHERE user_id = 1 ORDER BY id LIMIT 5',
    ],
    ['for sorting all rows without a LIMIT', 'SELECT * FROM orders ORDER BY placed_at'],
    ['for two directions', 'SELECT * FROM orders ORDER BY placed_at DESC, total LIMIT 5'],
    ['for an expression', 'SELECT * FROM orders WHERE DATE(placed_at) = CURDATE()'],
    ['for a pattern with a leading wildcard', "SELECT * FROM orders WHERE note LIKE '%x'"],
    ['for reading everything', 'SELECT SUM(total) FROM orders'],
    ['for groups of one row each', 'SELECT id, COUNT(*) FROM orders GROUP BY id'],
  ])('%s', (_, sql) => {
    expect(propose(sql)).toEqual([]);
  });

  it('where one has the columns that are each equal to one value in another order', () => {
    const schema = schemaOf(
      table('t', {
        columns: [column('id'), column('a'), column('b'), column('c')],
        indexes: [index('PRIMARY', ['id']), index('there', ['b', 'a'])],
      }),
    );
    expect(propose('SELECT a FROM t WHERE a = 1 AND b = 2', schema)).toEqual([]);
    expect(propose('SELECT a FROM t WHERE a = 1 AND b > 2', schema)).toEqual(['t (a, b)']);
  });

  it('for few rows', () => {
    const plan = [access(0, { rows: 50 })];
    expect(propose('SELECT * FROM orders WHERE total = 1', shop(), plan)).toEqual([]);
  });

  it('for columns that no index can hold', () => {
    const schema = schemaOf(
      table('t', {
        columns: [column('id'), column('doc', 'json')],
        indexes: [index('PRIMARY', ['id'])],
      }),
    );
    expect(propose("SELECT * FROM t WHERE doc = '{}'", schema)).toEqual([]);
  });
});

describe('a finding', () => {
  it('is only told for an engine that locks the table while it builds', () => {
    const schema = schemaOf(
      table('t', {
        engine: 'MyISAM',
        columns: [column('id'), column('a')],
        indexes: [index('PRIMARY', ['id'])],
      }),
    );
    const [finding] = missingIndex.find({
      schema,
      statements: [judged('SELECT * FROM t WHERE a = 1', schema)],
    });
    expect(finding).toMatchObject({
      status: 'review',
      step: null,
      sql: ['ALTER TABLE `t` ADD INDEX `idx_t_a` (`a`)'],
    });
  });

  it('says which index the new one makes redundant', () => {
    const schema = shop();
    const sql = "SELECT * FROM orders WHERE status = 'new' AND user_id = 1";
    const [finding] = missingIndex.find({ schema, statements: [judged(sql, schema)] });
    expect(finding?.reason).toContain('it makes idx_user redundant');
    expect(finding?.evidence.statements).toMatchObject([
      { statement: sql, rowsRead: 100_000, plan: 'reads all 100,000 rows of orders', gain: null },
    ]);
  });
});
