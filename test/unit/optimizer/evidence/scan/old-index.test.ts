import { describe, expect, it } from 'vitest';
import { loadPhpParser } from '../../../../../src/config/php/parse.ts';
import { findIndexLists } from '../../../../../src/optimizer/evidence/scan/index-lists.ts';
import { readIndexStatement } from '../../../../../src/optimizer/evidence/scan/old-index.ts';
import { Refusal } from '../../../../../src/optimizer/sql/refusal.ts';
import { judgeOldStatements } from '../../../../../src/optimizer/old-statements.ts';
import type { Finding } from '../../../../../src/optimizer/findings.ts';
import { shop } from '../../schema-fixture.ts';

const parse = await loadPhpParser();

describe('a statement that makes an index', () => {
  it.each([
    ['ALTER TABLE users ADD INDEX idx_email (email)', 'plain users.idx_email(email)'],
    [
      'alter table `shop`.`users` add key `a b` using btree (email(10), `id` DESC)',
      'plain users.a b(email,id)',
    ],
    ['ALTER TABLE users ADD INDEX (email)', 'plain users.null(email)'],
    ['ALTER TABLE users ADD UNIQUE (email)', 'unique users.null(email)'],
    ['ALTER TABLE users ADD UNIQUE KEY u (email)', 'unique users.u(email)'],
    ['CREATE INDEX IF NOT EXISTS i ON users (email, name)', 'plain users.i(email,name)'],
    ['CREATE UNIQUE INDEX i USING BTREE ON shop.users (email)', 'unique users.i(email)'],
    ['CREATE FULLTEXT INDEX i ON users (name)', 'other users.i(name)'],
  ])('%s', (sql, expected) => {
    expect(
      readIndexStatement(sql).map(
        ({ kind, table, index, columns }) => `${kind} ${table}.${index}(${columns.join()})`,
      ),
    ).toEqual([expected]);
  });

  it('may make several, and other changes beside', () => {
    const sql =
      'ALTER TABLE users ADD INDEX a (email), ADD COLUMN x INT, DROP INDEX b, ADD PRIMARY KEY (id), ADD INDEX c (name, id)';
    expect(readIndexStatement(sql).map(({ index }) => index)).toEqual(['a', 'c']);
  });

  it('on an expression is refused', () => {
    expect(() => readIndexStatement('ALTER TABLE users ADD INDEX a ((LOWER(name)))')).toThrow(
      Refusal,
    );
  });
});

describe('a list of indexes in PHP', () => {
  it.each([
    ["['users' => ['email', 'phone']]", 'users(email) users(phone)'],
    ["['users' => ['email', ['user_id', 'created_at']]]", 'users(email) users(user_id,created_at)'],
    [
      "['orders' => ['idx_a' => 'user_id, created_at', 'idx_b' => ['status']]]",
      'orders.idx_a(user_id,created_at) orders.idx_b(status)',
    ],
    ["['users' => 'email']", 'users(email)'],
    ["['users' => ['idx_email (`email`)']]", 'users(email)'],
    [
      "[['users', 'idx_email', 'email'], ['users', 'phone']]",
      'users.idx_email(email) users(phone)',
    ],
    ["[['table' => 'users', 'columns' => ['email', 'id'], 'name' => 'x']]", 'users.x(email,id)'],
    ["[['a b', 'c'], 5, 'x']", ''],
  ])('%s', (array, expected) => {
    const lists = findIndexLists(parse(`<?php class A { private $i = ${array}; }`).statements);
    const names = lists
      .flat()
      .map(
        ({ table, index, columns }) =>
          `${table}${index === null ? '' : `.${index}`}(${columns.join()})`,
      );
    expect(names.join(' ')).toBe(expected);
  });
});

describe('an old index statement', () => {
  const judge = (sql: string, findings: Partial<Finding>[] = []): string => {
    const made = readIndexStatement(sql).map((index) => ({
      file: 'a.php',
      line: 1,
      sql,
      ...index,
    }));
    const [{ verdict, by } = { verdict: '', by: '' }] = judgeOldStatements(
      made,
      shop(),
      findings as Finding[],
    );
    return `${verdict} ${by}`;
  };
  const wanted: Partial<Finding> = {
    id: 'missing-index orders (status, placed_at)',
    rule: 'missing-index',
    table: 'orders',
    columns: ['status', 'placed_at'],
    status: 'proposed',
  };

  it.each([
    ['ALTER TABLE invoices ADD INDEX a (id)', [], 'no-such-table invoices'],
    ['ALTER TABLE orders ADD INDEX a (user_id, created_at)', [], 'no-such-column created_at'],
    ['ALTER TABLE orders ADD INDEX a (USER_ID)', [], 'already-there idx_user'],
    ['ALTER TABLE users ADD INDEX a (email)', [], 'already-there uq_email'],
    ['ALTER TABLE users ADD UNIQUE a (email)', [], 'already-there uq_email'],
    ['ALTER TABLE orders ADD UNIQUE a (user_id)', [], 'not-needed null'],
    ['ALTER TABLE orders ADD FULLTEXT a (note)', [], 'not-needed null'],
    ['ALTER TABLE orders ADD INDEX a (status)', [], 'not-needed null'],
    ['ALTER TABLE orders ADD INDEX a (status)', [wanted], `needed ${wanted.id}`],
    ['ALTER TABLE orders ADD INDEX a (placed_at)', [wanted], 'not-needed null'],
    [
      'ALTER TABLE orders ADD INDEX a (status)',
      [{ ...wanted, status: 'rejected' as const }],
      `not-needed ${wanted.id}`,
    ],
    ['ALTER TABLE orders ADD INDEX a (user_id, status)', [], 'not-needed null'],
  ])('%s', (sql, findings, expected) => {
    expect(judge(sql, findings)).toBe(expected);
  });
});
