import { expect, test } from 'vitest';
import { protectFrom } from '../../../src/cache/protect.ts';

const patterns = ['PHPREDIS_SESSION:*', 'job_*', 'rate_limit_*', '*session*'];
const key = Buffer.from('rate_limit_ip_1.2.3.4');

test.each([null, 'r*', '*limit*', 'rate*', '[r]ate_limit_*', 'job_*'])(
  'rate limits stay when %j is flushed',
  (asked) => {
    expect(protectFrom(patterns, asked).patternOf(key)).toBe('rate_limit_*');
  },
);

test.each(['rate_limit_*', 'rate_limit_ip_*', 'rate_limit_ip_1.2.3.4', 'rate\\_limit_ip_*'])(
  'rate limits go when they are named by %s',
  (asked) => {
    expect(protectFrom(patterns, asked).patternOf(key)).toBeNull();
  },
);

test('a protecting pattern that begins with a star is only named by itself', () => {
  const session = Buffer.from('my_session_1');
  expect(protectFrom(patterns, 'my_*').patternOf(session)).toBe('*session*');
  expect(protectFrom(patterns, '*session*').patternOf(session)).toBeNull();
});

test('ordinary keys are not protected', () => {
  expect(protectFrom(patterns, null).patternOf(Buffer.from('products_list'))).toBeNull();
});
