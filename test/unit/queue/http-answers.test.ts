import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { attemptOf } from '../../../src/queue/handlers/http/attempt-of-answer.ts';
import { readRetryAfter } from '../../../src/queue/handlers/http/retry-after.ts';
import { signatureOf } from '../../../src/queue/handlers/http/signature.ts';

const now = Date.parse('2026-11-24T12:00:00Z');

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Tue, 24 Nov 2026 12:00:30 GMT', 30_000],
    ['Tue, 24 Nov 2026 11:00:00 GMT', 0],
    ['999999999', 86_400_000],
    ['soon', null],
    ['-5', null],
    ['1.5', null],
    ['', null],
    [null, null],
  ])('%j is %j ms', (text, expected) => {
    expect(readRetryAfter(text, now)).toBe(expected);
  });
});

describe('an answer', () => {
  const answered = (status: number, retryAfter: string | null = null) =>
    attemptOf({ kind: 'answer', status, retryAfter, body: 'body' }, 30_000, now);

  it.each([200, 201, 202, 204, 299])('of %i is done', (status) => {
    expect(answered(status)).toEqual({ kind: 'done', result: 'body' });
  });

  it.each([409, 425, 429, 503])('of %i with Retry-After is later', (status) => {
    expect(answered(status, '60')).toMatchObject({ kind: 'later', afterMs: 60_000 });
    expect(answered(status)).toMatchObject({ kind: 'failed' });
    expect(answered(status)).not.toHaveProperty('isFinal');
  });

  it.each([301, 302, 307, 400, 401, 403, 404, 410, 422])('of %i will never do', (status) => {
    expect(answered(status, '60')).toMatchObject({ kind: 'failed', isFinal: true });
  });

  it.each([100, 408, 423, 500, 502, 504])('of %i has failed and may pass', (status) => {
    const attempt = answered(status, '60');
    expect(attempt).toMatchObject({
      kind: 'failed',
      failure: { reason: 'error', message: `the answer was ${status}`, output: 'body' },
    });
    expect(attempt).not.toHaveProperty('isFinal');
  });
});

it('a signature is the HMAC-SHA256 of time and body', () => {
  const hex = createHmac('sha256', 'a secret of some length').update('1764000000.{"id":1}\n');
  expect(signatureOf('a secret of some length', '{"id":1}\n', 1_764_000_000)).toBe(
    `t=1764000000,v1=${hex.digest('hex')}`,
  );
});
