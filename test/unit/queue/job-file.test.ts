import { describe, expect, it } from 'vitest';
import { readJobFile } from '../../../src/queue/intake/job-file.ts';
import type { ImportedJob } from '../../../src/queue/store.ts';

const limits = { dataBytes: 10_000 };

const file = {
  id: 'job_692428a1f3b2c1.12345678',
  type: 'send_email',
  data: { to: 'a@shop.example', subject: 'Hi', headers: [] as unknown } as unknown,
  priority: 'high',
  status: 'pending',
  created_at: 1_764_000_000,
  scheduled_at: 1_764_000_060,
  attempts: 1,
  max_attempts: 3,
  error: null as unknown,
};

/** As PHP writes it: json_encode with JSON_PRETTY_PRINT. */
function text(parts: Record<string, unknown> = {}): string {
  return JSON.stringify({ ...file, ...parts }, null, 4).replaceAll('/', '\\/');
}

function read(content: string | Uint8Array): { job: ImportedJob } | { reason: string } {
  return readJobFile(Buffer.from(content), limits);
}

function jobOf(content: string): ImportedJob {
  const result = read(content);
  if ('reason' in result) throw new Error(result.reason);
  return result.job;
}

function reasonOf(content: string | Uint8Array): string {
  const result = read(content);
  if ('job' in result) throw new Error('it was read as a job');
  return result.reason;
}

describe('a job file of the platform', () => {
  it('is read with all that it says', () => {
    expect(jobOf(text())).toMatchObject({
      fileId: file.id,
      type: 'send_email',
      priority: 10,
      status: 'pending',
      createdAt: new Date(1_764_000_000_000),
      runAt: new Date(1_764_000_060_000),
      attempts: 1,
      maxAttempts: 3,
      error: null,
      completedAt: null,
      result: null,
    });
  });

  it('may leave out what has a default, and hold what nobody asked for', () => {
    const { id, type, data, status, created_at } = file;
    const bare = JSON.stringify({ id, type, data, status, created_at, started_at: 5, worker: 'x' });
    expect(jobOf(bare)).toMatchObject({
      priority: 50,
      attempts: 0,
      maxAttempts: null,
      runAt: new Date(1_764_000_000_000),
    });
  });

  it('is read with its outcome, whatever PHP wrote there', () => {
    const done = { status: 'completed', completed_at: 1_764_000_099, result: true };
    expect(jobOf(text(done))).toMatchObject({
      status: 'completed',
      completedAt: new Date(1_764_000_099_000),
      result: 'true',
    });
    expect(jobOf(text({ result: { sent: 3 } })).result).toBe('{"sent":3}');
    expect(jobOf(text({ status: 'failed', error: 'no gateway' })).error).toBe('no gateway');
    expect(jobOf(text({ error: { code: 5 } })).error).toBe('{"code":5}');
  });

  it.each([
    ['{"to":"a@shop.example","n":12345678901234567890,"rate":1.0}'],
    ['[]'],
    ['{\n        "url": "http:\\/\\/shop.example\\/x",\n        "list": [ 1,2 ]\n    }'],
    ['{"data":{"data":1.50},"text":"\\"data\\":2"}'],
    ['null'],
  ])('keeps the text of the data: %s', (data) => {
    const content = text({ data: 'HERE' }).replace('"HERE"', () => data);
    expect(jobOf(content).data).toBe(data);
  });

  it('may begin with a byte order mark', () => {
    expect(jobOf(`\ufeff${text()}`).type).toBe('send_email');
  });
});

describe('the identity of a job file', () => {
  it('stays the same while the old processor rewrites the file', () => {
    const before = jobOf(text()).identity;
    const rewritten = { attempts: 3, status: 'failed', error: 'x', scheduled_at: 1_764_009_999 };
    expect(jobOf(text(rewritten)).identity).toBe(before);
    expect(jobOf(JSON.stringify(file)).identity).toBe(before);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
  });

  it('does not tell {} from [], as PHP does not', () => {
    const empty = (data: unknown): string => jobOf(text({ data })).identity;
    expect(empty({ headers: {} })).toBe(empty({ headers: [] }));
    expect(empty({})).toBe(empty([]));
  });

  it('differs for another id, type, time or data', () => {
    const parts = [
      {},
      { id: 'job_2' },
      { type: 'other' },
      { created_at: 1_764_000_001 },
      { data: { to: 'b@shop.example' } },
    ];
    expect(new Set(parts.map((each) => jobOf(text(each)).identity)).size).toBe(5);
  });
});

describe('a file that is no job', () => {
  it.each([
    ['', 'it is empty'],
    [' \n', 'it is empty'],
    [text().slice(0, 150), 'it is torn: the JSON breaks off'],
    [text().slice(0, -1), 'it is torn: the JSON breaks off'],
    ['<br />\n<b>Warning</b>: Undefined array key', 'it is not JSON'],
    ['{"id":1}}', 'it is not JSON'],
    ['a:3:{s:2:"id";s:1:"x";}', 'it is not JSON'],
  ])('is named as what it is: %j', (content, reason) => {
    expect(reasonOf(content)).toBe(reason);
  });

  it('is named when it is not UTF-8', () => {
    expect(reasonOf(Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xe4, 0x22, 0x7d])]))).toBe(
      'it is not UTF-8',
    );
  });

  it.each([
    ['[1, 2]', /^it is no job/],
    ['null', /^it is no job/],
    ['"text"', /^it is no job/],
    [text({ id: 7 }), /^it is no job: id: /],
    [text({ id: 'x'.repeat(191) }), /^it is no job: id: /],
    [text({ type: '' }), /^it is no job: type: /],
    [text({ type: 'x'.repeat(101) }), /^it is no job: type: /],
    [text({ status: 'done' }), /^it is no job: status: /],
    [text({ priority: 'urgent' }), /^it is no job: priority: /],
    [text({ created_at: '2026-01-01' }), /^it is no job: created_at: /],
    [text({ created_at: 0 }), /^it is no job: created_at: /],
    [text({ scheduled_at: 1e13 }), /^it is no job: scheduled_at: /],
    [text({ attempts: -1 }), /^it is no job: attempts: /],
    [text({ attempts: 1.5 }), /^it is no job: attempts: /],
    [text({ max_attempts: 0 }), /^it is no job: max_attempts: /],
    [text({ data: undefined }), /^it is no job: data/],
    [text({ data: 'x'.repeat(10_000) }), /^its data has 10002 bytes; queue.maxDataSize is 10000$/],
  ])('is named with the part that is wrong: %#', (content, reason) => {
    expect(reasonOf(content)).toMatch(reason);
  });
});
