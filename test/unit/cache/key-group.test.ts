import { expect, test } from 'vitest';
import { coarseGroupOfKey, groupOfKey } from '../../../src/cache/key-group.ts';

test.each([
  ['products_list', 'products_list'],
  ['products_page_17', 'products_page_*'],
  ['query_0cc175b9c0f1b6a831c399e269772661', 'query_*'],
  ['rate_limit_ip_203.0.113.7', 'rate_limit_ip_*'],
  ['rate_limit_ip_2001:db8::1', 'rate_limit_ip_*'],
  ['rate_limit_endpoint_login_10.0.0.1', 'rate_limit_endpoint_login_*'],
  ['job_665f1c2ab3d4e1.12345678', 'job_*'],
  ['PHPREDIS_SESSION:1k2j3h4g5f6d7s8a9q0w1e2r3t', 'PHPREDIS_SESSION:*'],
  ['order:550e8400-e29b-41d4-a716-446655440000:items', 'order:*:items'],
  ['user:7:cart', 'user:*:cart'],
  ['', ''],
])('%s belongs to %s', (key, group) => {
  expect(groupOfKey(Buffer.from(key))).toBe(group);
});

test('a very long key is looked at only at its beginning', () => {
  expect(groupOfKey(Buffer.from('x'.repeat(1_000_000)))).toBe(`${'x'.repeat(200)}*`);
});

test.each([
  ['user_anna_profile', 'user_*'],
  ['anna', '*'],
])('%s belongs coarsely to %s', (key, group) => {
  expect(coarseGroupOfKey(Buffer.from(key))).toBe(group);
});
