import { describe, expect, it } from 'vitest';
import type { ResponseHead } from '../../../src/loadtest/http/response-head.ts';
import { pageView } from '../../../src/loadtest/journey.ts';
import type { StepCheck } from '../../../src/loadtest/journey.ts';
import { extractFrom, judgeAnswer } from '../../../src/loadtest/judge-answer.ts';

const page = '<html><h1>Products</h1></html>';

function judge(
  status: number,
  text: string | null = page,
  check: Partial<StepCheck> = {},
): string | null {
  const head: ResponseHead = {
    status,
    keepAlive: true,
    chunked: false,
    contentLength: null,
    encoding: null,
    location: null,
    setCookies: [],
  };
  const step = pageView('x', '/', {
    check: { status: null, contains: [], notContains: [], ...check },
  });
  return judgeAnswer(step, head, text);
}

describe('an answer', () => {
  it.each([
    [200, null],
    [204, null],
    [302, null],
    [404, 'status-4xx'],
    [429, 'status-429'],
    [500, 'status-5xx'],
    [503, 'status-5xx'],
  ])('with status %i is judged by it', (status, kind) => {
    expect(judge(status)).toBe(kind);
  });

  it.each([
    '<br />\n<b>Fatal error</b>:  Uncaught Error',
    'PHP Fatal error:  Allowed memory size exhausted',
    'Parse error: syntax error, unexpected end of file',
    'Connection failed: Too many connections',
    'SQL: MySQL server has gone away',
  ])('with status 200 and "%s" is an error page', (text) => {
    expect(judge(200, text)).toBe('error-page');
  });

  it('is a success where a page only speaks of errors', () => {
    expect(judge(200, 'How to avoid a fatal error in your accounting')).toBeNull();
  });

  it('is checked for status and content when the step asks for it', () => {
    expect(judge(404, page, { status: [404] })).toBeNull();
    expect(judge(200, page, { status: [201, 302] })).toBe('check-status');
    expect(judge(500, page, { status: [200] })).toBe('status-5xx');
    expect(judge(200, page, { contains: ['Products'] })).toBeNull();
    expect(judge(200, page, { contains: ['Products', 'Cart'] })).toBe('check-content');
    expect(judge(200, page, { notContains: ['type="password"'] })).toBeNull();
    expect(judge(200, page, { notContains: ['Products'] })).toBe('check-content');
    expect(judge(200, null, { contains: ['Products'] })).toBe('unreadable-body');
    expect(judge(200, null)).toBeNull();
  });
});

describe('extraction', () => {
  const step = pageView('x', '/', { extract: { a: /a="([^"]*)"/, b: /b=(\d+)/ } });

  it('takes the first group of each pattern, as a browser would send it', () => {
    const found = extractFrom(step, '<i a="x&amp;y&#43;&#x3D;&lt;&unknown;" b=12>');
    expect([...(found ?? [])]).toEqual([
      ['a', 'x&y+=<&unknown;'],
      ['b', '12'],
    ]);
  });

  it('fails when one is not there', () => {
    expect(extractFrom(step, 'a="1"')).toBeNull();
  });
});
