import { describe, expect, it } from 'vitest';
import { readQuery } from '../../../../src/optimizer/sql/query.ts';
import type { Query } from '../../../../src/optimizer/sql/query.ts';
import { Refusal } from '../../../../src/optimizer/sql/refusal.ts';
import { column, index, schemaOf, shop, table } from '../schema-fixture.ts';

const schema = shop();
const read = (sql: string): Query => readQuery(sql, schema);

/** Conditions in short: `equal user_id`, `join user_id = id`. */
function conditions(sql: string): string[] {
  return read(sql).conditions.map((condition) => {
    if (condition.kind === 'join') {
      return `join ${condition.left.column.name} = ${condition.right.column.name}`;
    }
    return 'column' in condition ? `${condition.kind} ${condition.column.column.name}` : 'other';
  });
}

describe('conditions of a statement', () => {
  it.each([
    ['user_id = 7', ['equal user_id']],
    ['7 = user_id', ['equal user_id']],
    ['(user_id) = (7)', ['equal user_id']],
    ['user_id <=> NULL', ['equal user_id']],
    ['placed_at IS NULL', ['equal placed_at']],
    ['placed_at IS NOT NULL', ['other']],
    ["status IN ('new', 'paid')", ['in status']],
    ["status NOT IN ('new')", ['other']],
    ['total > 5 AND user_id = 1', ['range total', 'equal user_id']],
    ['total BETWEEN 1 AND 2 AND user_id = 1', ['range total', 'equal user_id']],
    ['placed_at >= NOW() - INTERVAL 7 DAY', ['range placed_at']],
    ["note LIKE 'a%'", ['range note']],
    ["note LIKE '%a'", ['other']],
    ["note LIKE '_a'", ['other']],
    ['user_id = 1 OR user_id = 2', ['other']],
    ['((user_id = 1) AND (total = 2))', ['equal user_id', 'equal total']],
    ['DATE(placed_at) = CURDATE()', ['other']],
    ['user_id + 1 = 2', ['other']],
    ['user_id <> 1', ['other']],
    ['NOT user_id = 1', ['other']],
    [
      "CASE WHEN user_id = 1 AND total = 2 THEN 1 ELSE 0 END = 1 AND status = 'new'",
      ['other', 'equal status'],
    ],
    ['user_id', ['other']],
    ['id = user_id', ['other']],
  ])('reads %s', (where, expected) => {
    expect(conditions(`SELECT id FROM orders WHERE ${where}`)).toEqual(expected);
  });

  it('reads joins by ON, by comma and by USING', () => {
    const joined = ['join user_id = id'];
    expect(conditions('SELECT 1 FROM orders o JOIN users u ON o.user_id = u.id')).toEqual(joined);
    expect(conditions('SELECT 1 FROM orders o, users u WHERE o.user_id = u.id')).toEqual(joined);
    expect(
      conditions('SELECT 1 FROM orders o LEFT OUTER JOIN users u ON (o.user_id = u.id)'),
    ).toEqual(joined);
    expect(conditions('SELECT 1 FROM orders JOIN users USING (id)')).toEqual(['join id = id']);
  });
});

describe('what a statement reads and in which order', () => {
  it('names the columns that it uses of each table', () => {
    const { tables } = read(
      'SELECT u.name, SUM(o.total) AS sum FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id ORDER BY sum',
    );
    expect(tables.map((entry) => entry.columns.map(({ name }) => name))).toEqual([
      ['id', 'name'],
      ['user_id', 'total'],
    ]);
  });

  it('takes all columns for a star', () => {
    expect(read('SELECT o.* FROM orders o').tables[0]?.columns).toHaveLength(6);
    expect(read('SELECT * FROM orders').tables[0]?.columns).toHaveLength(6);
  });

  it('finds the column behind a new name, a position and a plain name in ORDER BY', () => {
    const order = (sql: string): unknown => read(sql).orderBy[0]?.column?.column.name ?? null;
    expect(order('SELECT placed_at AS at FROM orders ORDER BY at')).toBe('placed_at');
    expect(order('SELECT id, placed_at FROM orders ORDER BY 2 DESC')).toBe('placed_at');
    expect(order('SELECT id FROM orders ORDER BY placed_at')).toBe('placed_at');
    expect(order('SELECT COUNT(*) n FROM orders GROUP BY status ORDER BY n')).toBeNull();
    expect(order('SELECT id FROM orders ORDER BY total * 2')).toBeNull();
  });

  it('reads names without regard to case, as columns have none', () => {
    expect(conditions('select ID from orders where USER_ID = 1')).toEqual(['equal user_id']);
  });

  it('knows whether a LIMIT lets the server stop early', () => {
    expect(read('SELECT id FROM orders LIMIT 5').hasLimit).toBe(true);
    expect(read('SELECT SQL_CALC_FOUND_ROWS id FROM orders LIMIT 5').hasLimit).toBe(false);
    expect(read('SELECT id FROM orders').hasLimit).toBe(false);
  });

  it('understands names with quotes, dots, spaces and emoji', () => {
    const odd = schemaOf(
      table('my.table 🛒', {
        columns: [column('id'), column('a`b')],
        indexes: [index('PRIMARY', ['id'])],
      }),
    );
    const query = readQuery('SELECT `x`.`a``b` FROM `my.table 🛒` x WHERE `x`.`a``b` = 1', odd);
    expect(query.tables[0]?.columns[0]?.name).toBe('a`b');
  });

  it('reads what digests look like', () => {
    const digest =
      'SELECT STATUS , COUNT ( * ) AS `count` FROM `orders` WHERE `user_id` = ? AND `status` IN (...) GROUP BY STATUS ';
    expect(conditions(digest)).toEqual(['equal user_id', 'in status']);
  });
});

describe('statements that are refused', () => {
  it.each([
    ['DELETE FROM orders', 'not a SELECT'],
    ['UPDATE orders SET total = 0', 'not a SELECT'],
    ['WITH x AS (SELECT 1) SELECT * FROM x', 'common table expression'],
    ['SELECT 1', 'reads no table'],
    ['SELECT id FROM orders UNION SELECT id FROM users', 'UNION'],
    ['SELECT id FROM orders WHERE id IN (SELECT id FROM users)', 'subquery'],
    ['SELECT (SELECT 1) FROM orders', 'subquery'],
    ['SELECT id FROM (SELECT id FROM orders) o', 'subquery'],
    ['SELECT id FROM orders FOR UPDATE', 'locks rows'],
    ['SELECT id FROM orders LOCK IN SHARE MODE', 'locks rows'],
    ["SELECT id FROM orders INTO OUTFILE '/tmp/x'", 'writes its result'],
    ['SELECT @a := id FROM orders', 'variable'],
    ['SELECT @@version FROM orders', 'variable'],
    ['SELECT SLEEP(1) FROM orders', 'SLEEP()'],
    ['SELECT id FROM orders WHERE GET_LOCK(1, 1)', 'GET_LOCK()'],
    ["SELECT LOAD_FILE('/etc/passwd') FROM orders", 'LOAD_FILE()'],
    ['SELECT shop.own(id) FROM orders', 'own'],
    ['SELECT `own`(id) FROM orders', 'OWN()'],
    ['SELECT id FROM orders WHERE total = BENCHMARK(9, 1)', 'BENCHMARK()'],
    ['SELECT ROW_NUMBER() OVER (ORDER BY id) FROM orders', 'ROW_NUMBER'],
    ['SELECT SUM(id) OVER () FROM orders', 'window function'],
    ['SELECT id FROM orders USE INDEX (idx_user)', 'which index'],
    ['SELECT id FROM orders o FORCE INDEX (idx_user)', 'which index'],
    ['SELECT id FROM orders NATURAL JOIN users', 'NATURAL'],
    ['SELECT id FROM nowhere', 'nowhere is no table'],
    ['SELECT id FROM mysql.user', 'mysql.user is no table'],
    ['SELECT missing FROM orders', 'missing is no column'],
    ['SELECT id FROM orders o JOIN users u ON o.user_id = u.id', 'more than one'],
    ['SELECT id FROM orders WHERE (id = 1', 'parenthesis'],
    ['SELECT id FROM orders WHERE id = 1)', 'parenthesis'],
    ['SELECT id FROM orders; DROP TABLE orders', 'not understood at ;'],
    ['SELECT id FROM orders WHERE id = 1; DROP TABLE orders', 'semicolon'],
    ['SELECT id FROM orders LIMIT 1 WHERE id = 1', 'not expected'],
    ['SELECT status FROM orders GROUP BY status WITH ROLLUP', 'ROLLUP'],
    ["SELECT id FROM orders WHERE note = 'open", 'not closed'],
    ['SELECT id FROM orders PROCEDURE ANALYSE()', 'procedure'],
  ])('%s', (sql, reason) => {
    expect(() => read(sql)).toThrow(Refusal);
    expect(() => read(sql)).toThrow(reason);
  });
});
