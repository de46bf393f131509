import { expect, test } from 'vitest';
import { formatEntry, parseEntry, protectedKind } from '../../../src/cache/file-entry.ts';
import { decodePhp, encodePhp, jsonToPhp } from '../../../src/cache/php-serialize.ts';

const nowMs = Date.UTC(2026, 0, 1);
const now = nowMs / 1000;

test('an entry is the array that the platform writes', () => {
  expect(formatEntry(Buffer.from('i:5;'), 60_000, nowMs).toString()).toBe(
    `a:3:{s:5:"value";i:5;s:7:"expires";i:${now + 60};s:7:"created";i:${now};}`,
  );
});

test('a lifetime is rounded up to whole seconds', () => {
  const read = parseEntry(formatEntry(Buffer.from('i:5;'), 1200, nowMs));
  expect(read).toMatchObject({ state: 'entry', entry: { expiresAt: nowMs + 2000 } });
});

test('what never expires is read as never expiring', () => {
  const read = parseEntry(formatEntry(Buffer.from('i:5;'), null, nowMs));
  expect(read).toMatchObject({ state: 'entry', entry: { expiresAt: null } });
});

test.each(['O:1:"A":1:{s:4:"self";r:1;}', 'a:2:{i:0;a:0:{}i:1;R:2;}', 'a:2:{i:0;i:7;i:1;R:2;}'])(
  'the references of %s survive the entry around it',
  (value) => {
    const read = parseEntry(formatEntry(Buffer.from(value), 1000, nowMs));
    expect(read.state === 'entry' && read.entry.bytes.toString()).toBe(value);
  },
);

test('the value is found wherever it stands in the array', () => {
  const bytes = `a:3:{s:7:"expires";i:${now};s:7:"created";i:${now};s:5:"value";O:1:"A":1:{s:1:"a";r:4;}}`;
  const read = parseEntry(Buffer.from(bytes));
  expect(read.state === 'entry' && read.entry.bytes.toString()).toBe('O:1:"A":1:{s:1:"a";r:1;}');
});

test.each([
  ['', 'empty'],
  ['a:3:{s:5:"value";i:5;s:7:"expi', 'end in the middle'],
  ['i:5;', 'not the array'],
  ['a:1:{s:5:"value";i:5;}', 'without value or expiry'],
  [`a:1:{s:7:"expires";i:${now};}`, 'without value or expiry'],
  ['<?php', 'unknown type'],
])('%j is torn', (bytes, reason) => {
  const read = parseEntry(Buffer.from(bytes));
  expect(read).toMatchObject({ state: 'torn' });
  expect(read.state === 'torn' && read.reason).toContain(reason);
});

test.each([
  [{ count: 3, reset_time: now }, 'rate limit'],
  [{ id: 'job_1', type: 'send_email', status: 'pending', attempts: 0, data: {} }, 'job'],
  [{ id: 1, name: 'Tea' }, null],
  [[1, 2], null],
  ['text', null],
])('%j is recognised as %s', (json, kind) => {
  expect(protectedKind(decodePhp(encodePhp(jsonToPhp(json))))).toBe(kind);
});
