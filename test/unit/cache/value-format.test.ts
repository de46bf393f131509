import { expect, test } from 'vitest';
import { readTypedValue } from '../../../src/cache/read-value.ts';
import { decodeBeginning, decodeValue, encodeValue } from '../../../src/cache/value-format.ts';

test.each([
  ['a:1:{s:1:"a";i:1;}', 'php', { a: 1 }],
  ['N;', 'php', null],
  ['i:5;', 'php', 5],
  ['{"a":1}', 'json', { a: 1 }],
  [' [1,2]', 'json', [1, 2]],
  ['{"id":12345678901234567890}', 'json', '{"id":12345678901234567890}'],
  ['42', 'text', '42'],
  ['N', 'text', 'N'],
  ['a: list', 'text', 'a: list'],
  ['{not json', 'text', '{not json'],
  ['', 'text', ''],
])('%j is recognised as %s', (text, encoding, value) => {
  expect(decodeValue(Buffer.from(text))).toEqual({ encoding, value });
});

test('bytes that are no text are shown as base64', () => {
  expect(decodeValue(Buffer.from([0xff, 0, 1]))).toEqual({
    encoding: 'binary',
    value: { $base64: '/wAB' },
  });
});

test('the beginning of a text ends at a whole character', () => {
  expect(decodeBeginning(Buffer.from('né').subarray(0, 2))).toEqual({
    encoding: 'text',
    value: 'n',
  });
  expect(decodeBeginning(Buffer.from('a:100:{i:0;')).encoding).toBe('php');
});

test.each([
  ['{"a":[1,2.5]}', 'php', 'a:1:{s:1:"a";a:2:{i:0;i:1;i:1;d:2.5;}}'],
  ['hello', 'php', 's:5:"hello";'],
  ['"5"', 'php', 's:1:"5";'],
  ['5', 'php', 'i:5;'],
  ['true', 'php', 'b:1;'],
  ['9223372036854775807', 'php', 'i:9223372036854775807;'],
  ['{"a":1}', 'json', '{"a":1}'],
  ['hello', 'json', '"hello"'],
  ['{"a":1}', 'text', '{"a":1}'],
  [' spaced ', 'text', ' spaced '],
  ['{"$base64":"/w=="}', 'binary', '\xff'],
] as const)('%s typed for %s is written as %j', (typed, format, bytes) => {
  expect(encodeValue(readTypedValue(typed, format), format).toString('latin1')).toBe(bytes);
});

test.each([
  ['{"a":', /no JSON/],
  ['[1', /no JSON/],
  ['{"id":9223372036854775807}', /more digits/],
])('%s is refused instead of written wrong', (typed, message) => {
  expect(() => readTypedValue(typed, 'php')).toThrow(message);
});
