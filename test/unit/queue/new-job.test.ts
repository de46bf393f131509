import { describe, expect, it } from 'vitest';
import type { NewJob } from '../../../src/queue/job.ts';
import { readJobLine, readJobRequest } from '../../../src/queue/intake/new-job.ts';
import type { JobRequest } from '../../../src/queue/intake/new-job.ts';

const limits = { dataBytes: 1000 };

function read(parts: Partial<JobRequest> = {}): { job: NewJob } | { problem: string } {
  return readJobRequest({ type: 'send_email', data: '{}', ...parts }, limits);
}

function problemOf(parts: Partial<JobRequest>): string {
  const result = read(parts);
  return 'problem' in result ? result.problem : 'none';
}

describe('a job as a user writes it', () => {
  it('is complete with a type and data', () => {
    expect(read()).toEqual({
      job: {
        type: 'send_email',
        data: '{}',
        priority: 50,
        uniqueKey: null,
        maxAttempts: null,
        due: null,
      },
    });
  });

  it('may say everything', () => {
    const parts = { priority: 'low', delayMs: 5000, unique: 'k', uniqueForMs: 9, maxAttempts: 100 };
    expect(read(parts)).toMatchObject({
      job: {
        priority: 90,
        due: { delayMs: 5000 },
        uniqueKey: 'k',
        uniqueForMs: 9,
        maxAttempts: 100,
      },
    });
    expect(read({ priority: 0, at: '2030-03-01T18:00:00+05:30' })).toMatchObject({
      job: { priority: 0, due: { at: new Date('2030-03-01T12:30:00Z') } },
    });
  });

  it.each(['App\\Jobs\\SendMail', 'mail:send', 'a', 'x'.repeat(100), 'v1.2/report-day'])(
    'may have the type %s',
    (type) => {
      expect(problemOf({ type })).toBe('none');
    },
  );

  it.each(['', 'x'.repeat(101), 'send mail', 'ä', 'a;b', 'a\nb'])('may not: %j', (type) => {
    expect(problemOf({ type })).toMatch(/^type is .*; allowed: /s);
  });

  it.each([
    [{ data: '{' }, 'data is not JSON'],
    [{ data: '' }, 'data is not JSON'],
    [{ data: `"${'ä'.repeat(500)}"` }, 'data has 1002 bytes; allowed: 1000 (queue.maxDataSize)'],
    [{ priority: 'urgent' }, /^priority is "urgent"; allowed: high, normal, low/],
    [{ priority: 'constructor' }, /^priority is/],
    [{ priority: 256 }, /^priority is 256/],
    [{ priority: 1.5 }, /^priority is 1.5/],
    [{ delayMs: 0, at: '2030-01-01' }, 'delay and at are both given; one is enough'],
    [{ delayMs: 1e15 }, 'delay leads beyond the year 2038'],
    [{ at: '2030-01-01T10:00' }, /^at is .*; allowed: a time such as/],
    [{ at: '2039-01-01' }, /^at is/],
    [{ at: '1969-12-31' }, /^at is/],
    [{ at: '2030-13-01' }, /^at is/],
    [{ at: '2030-02-30' }, /^at is/],
    [{ at: 'tomorrow' }, /^at is "tomorrow"/],
    [{ unique: '' }, /^unique has no or too many/],
    [{ unique: 'x'.repeat(191) }, /^unique has no or too many/],
    [{ uniqueForMs: 1000 }, /^uniqueFor is given without unique/],
    [{ unique: 'k', uniqueForMs: 0 }, /^uniqueFor is out of range/],
    [{ maxAttempts: 0 }, 'maxAttempts is 0; allowed: a whole number from 1 to 100'],
    [{ maxAttempts: 101 }, /^maxAttempts is 101/],
    [{ maxAttempts: NaN }, /^maxAttempts is NaN/],
  ] as const)('is refused with what is wrong: %j', (parts, problem) => {
    expect(problemOf(parts)).toMatch(problem);
  });
});

describe('a line of a file of jobs', () => {
  it('has the parts of a job, its delay as a duration', () => {
    const value = { type: 'a', data: { b: 1 }, delay: '5m', priority: 30, maxAttempts: 2 };
    expect(readJobLine(value)).toEqual({ line: value, delayMs: 300_000 });
    expect(readJobLine({ type: 'a', data: null })).toMatchObject({ delayMs: undefined });
  });

  it.each([
    [[], /^it is not an object/],
    [null, /^it is not an object/],
    ['x', /^it is not an object/],
    [{ type: 'a' }, 'data is missing'],
    [{ data: 1 }, /^type: /],
    [{ type: 'a', data: 1, dely: '5m' }, 'dely is not known'],
    [{ type: 'a', data: 1, delay: 'soon' }, /^delay is "soon"; allowed: a duration/],
    [{ type: 'a', data: 1, delay: 5 }, /^delay: /],
    [{ type: 'a', data: 1, unique: 7 }, /^unique: /],
    [{ type: 'a', data: 1, unique: 'k', uniqueFor: 'soon' }, /^uniqueFor is "soon"; allowed/],
  ])('is refused with what is wrong: %j', (value, problem) => {
    const result = readJobLine(value);
    expect('problem' in result ? result.problem : 'none').toMatch(problem);
  });
});
