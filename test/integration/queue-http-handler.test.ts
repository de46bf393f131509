import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttpHandler } from '../../src/queue/handlers/http/http.ts';
import { HttpPoster } from '../../src/queue/handlers/http/post.ts';
import { signatureOf } from '../../src/queue/handlers/http/signature.ts';
import { processQueue } from '../../src/queue/worker/process-queue.ts';
import type { ProcessOptions } from '../../src/queue/worker/process-options.ts';
import { refusedUrl, startRawServer, startSite } from '../support/http-servers.ts';
import { openQueue } from '../support/queue.ts';
import type { OpenQueue } from '../support/queue.ts';
import { detailsOf, runOptions } from '../support/queue-run.ts';
import { addOne, newJob, newJobs } from '../support/queue/jobs.ts';

const secret = 'a secret of some length';

let queue: OpenQueue;

beforeAll(async () => {
  queue = await openQueue();
});
beforeEach(() => queue.empty());
afterAll(() => queue.close());

async function drain(url: string, more: Partial<ProcessOptions> & { timeoutMs?: number } = {}) {
  const { timeoutMs = 5000, ...options } = more;
  using poster = new HttpPoster();
  const handler = createHttpHandler({ url, secret, timeoutMs, outputBytes: 1000 }, poster);
  return await processQueue(runOptions(queue.store, () => handler, options));
}

/** One job at this address. */
async function run(url: string, more: Parameters<typeof drain>[1] = {}) {
  const id = await addOne(queue.store, newJob('notify', { data: '{"n":1.0}', maxAttempts: 1 }));
  await drain(url, more);
  return detailsOf(queue.store, id);
}

async function answering(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  return (
    await startSite((request, response) => {
      request.resume();
      answer(request, response);
    })
  ).url;
}

describe('a handler that is a web address', () => {
  it('gets the job by POST, signed, and its answer is the result', async () => {
    const seen: { body: string; request: IncomingMessage }[] = [];
    const site = await startSite((request, response) => {
      void text(request).then((body) => {
        seen.push({ body, request });
        response.end('accepted');
      });
    });
    const { id, result } = await run(`${site.url}/hook?x=1`);
    expect(result).toBe('accepted');
    const { body, request } = seen[0] ?? expect.fail('nothing came');
    expect(body).toMatch(
      new RegExp(`^\\{"id":${id},"type":"notify".*,"data":\\{"n":1\\.0\\}\\}\n$`),
    );
    expect([request.method, request.url]).toEqual(['POST', '/hook?x=1']);
    const signature = String(request.headers['scalectl-signature']);
    const seconds = Number(/^t=(\d+),/.exec(signature)?.[1]);
    expect(Math.abs(Date.now() / 1000 - seconds)).toBeLessThan(60);
    expect(signature).toBe(signatureOf(secret, body, seconds));
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': `scalectl-job-${id}`,
    });
    expect(JSON.stringify(request.headers)).not.toContain(secret);
  });

  it('keeps its connections between jobs', async () => {
    const ports = new Set<number | undefined>();
    const url = await answering((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    await queue.store.add(newJobs(50));
    expect(await drain(url, { concurrency: 2 })).toMatchObject({ completed: 50 });
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it('keeps the end of a long answer', async () => {
    const url = await answering((_, response) => response.end(`${'x'.repeat(5_000_000)}end`));
    expect((await run(url)).result).toMatch(/^… x{900,}end$/);
  });

  it('asks for a later run', async () => {
    const url = await answering((_, response) => {
      response.writeHead(429, { 'Retry-After': '3600' }).end('slowly');
    });
    const details = await run(url);
    expect(details).toMatchObject({ status: 'scheduled', attempts: 0, postponements: 1 });
    expect(new Date(details.at ?? 0).getTime() - Date.now()).toBeGreaterThan(3_000_000);
  });

  it('follows no redirect', async () => {
    const target = await startSite((_, response) => response.end());
    const url = await answering((_, response) => {
      response.writeHead(307, { Location: target.url }).end();
    });
    expect(await run(url)).toMatchObject({
      status: 'failed',
      lastError: 'the answer was 307: redirects are not followed',
    });
    expect(target.seen).toBe(0);
  });

  it('that refuses has a dead letter at once, one that errs gets a further attempt', async () => {
    const statuses = [500, 404];
    const url = await answering((_, response) => {
      response.writeHead(statuses.shift() ?? 200).end('why');
    });
    const id = await addOne(queue.store, newJob('notify', { maxAttempts: 5 }));
    expect(await drain(url)).toMatchObject({ retried: 1, deadLettered: 1 });
    expect((await detailsOf(queue.store, id)).failures).toMatchObject([
      { message: 'the answer was 500', output: 'why' },
      { message: 'the answer was 404', output: 'why' },
    ]);
  });

  it('that does not answer has failed', async () => {
    const silent = await startRawServer(() => undefined);
    expect((await run(silent.url, { timeoutMs: 200 })).failures).toMatchObject([
      { reason: 'timeout', message: 'there was no answer within 200ms' },
    ]);
    const trickling = await answering((_, response) => response.write('x'));
    expect((await run(trickling, { timeoutMs: 200 })).failures).toMatchObject([
      { reason: 'timeout' },
    ]);
    expect((await run(await refusedUrl())).lastError).toMatch(/^there was no answer: .*ECONNREF/);
    const cutting = await startRawServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx'));
    });
    expect((await run(cutting.url)).lastError).toMatch(/^there was no answer: the answer breaks/);
  });

  it('that closed a connection while it waited gets the job over a new one', async () => {
    const url = (
      await startRawServer((socket) => {
        let requests = 0;
        socket.on('data', (bytes) => {
          if (!bytes.toString('latin1').includes('"data"')) return;
          if (++requests === 2) socket.resetAndDestroy();
          else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        });
      })
    ).url;
    await queue.store.add(newJobs(6));
    expect(await drain(url, { concurrency: 1 })).toMatchObject({ completed: 6, failed: 0 });
  });

  it('is let go when the run is stopped, and its job is put back uncharged', async () => {
    const silent = await startRawServer(() => undefined);
    const details = await run(silent.url, { maxTimeMs: 300, graceMs: 100, timeoutMs: 30_000 });
    expect(details).toMatchObject({ status: 'pending', attempts: 0 });
  });
});
