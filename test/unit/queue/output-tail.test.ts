import { expect, it } from 'vitest';
import { OutputTail } from '../../../src/queue/handlers/output-tail.ts';

function tailOf(limitBytes: number, ...chunks: (string | Buffer)[]): string | null {
  const tail = new OutputTail(limitBytes);
  for (const chunk of chunks) tail.add(Buffer.from(chunk));
  return tail.text();
}

it('is the whole text while that is short, without the white space around it', () => {
  expect(tailOf(100, '\n one\n', 'two \n\n')).toBe('one\ntwo');
  expect(tailOf(3, 'abc')).toBe('abc');
});

it('is null when nothing but white space was written', () => {
  expect(tailOf(100)).toBeNull();
  expect(tailOf(100, ' \n', '\t')).toBeNull();
});

it('is the end of a longer text, marked as cut', () => {
  expect(tailOf(4, 'abcdef')).toBe('… cdef');
  expect(tailOf(4, ...'abcdefghijklmnopqrstuvwxyz')).toBe('… wxyz');
});

it('never begins in the middle of a character', () => {
  for (const limit of [4, 5, 6]) expect(tailOf(limit, 'aa😀é')).toMatch(/^… (😀)?é$/);
  expect(tailOf(3, 'x€')).toBe('… €');
});

it('joins a character whose bytes came in two chunks', () => {
  const bytes = Buffer.from('ä€');
  expect(tailOf(100, bytes.subarray(0, 1), bytes.subarray(1, 4), bytes.subarray(4))).toBe('ä€');
});

it('shows bytes that are no UTF-8 as replacement characters', () => {
  expect(tailOf(100, Buffer.from([0x61, 0xff, 0x62]))).toBe('a\ufffdb');
});

it('can be read while more comes', () => {
  const tail = new OutputTail(4);
  tail.add(Buffer.from('abcdef'));
  expect(tail.text()).toBe('… cdef');
  tail.add(Buffer.from('gh'));
  expect(tail.text()).toBe('… efgh');
});
