import { expect, it } from 'vitest';
import { indexName } from '../../../src/optimizer/index-name.ts';
import { index, table } from './schema-fixture.ts';

it('names an index after its table and columns', () => {
  expect(indexName(table('orders'), ['user_id', 'status'])).toBe('idx_orders_user_id_status');
});

it('takes another name when that one is taken, in any case', () => {
  const taken = table('t', { indexes: [index('IDX_T_A', ['a']), index('idx_t_a_2', ['a'])] });
  expect(indexName(taken, ['a'])).toBe('idx_t_a_3');
});

it('stays within 64 characters and tells long names apart', () => {
  const long = 'x'.repeat(50);
  const name = indexName(table(long), ['first', 'second']);
  expect([...name]).toHaveLength(64);
  expect(name).not.toBe(indexName(table(long), ['first', 'third']));
  expect([...indexName(table('🛒'.repeat(64)), ['a'])]).toHaveLength(64);
});
