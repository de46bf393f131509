import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWebhookHandler } from '../../src/queue/handlers/builtin/webhook.ts';
import type { WebhookOptions } from '../../src/queue/handlers/builtin/webhook.ts';
import { HttpPoster } from '../../src/queue/handlers/http/post.ts';
import { processQueue } from '../../src/queue/worker/process-queue.ts';
import { startSite } from '../support/http-servers.ts';
import { openQueue } from '../support/queue.ts';
import type { OpenQueue } from '../support/queue.ts';
import { detailsOf, runOptions } from '../support/queue-run.ts';
import { addOne, newJob } from '../support/queue/jobs.ts';

let queue: OpenQueue;

beforeAll(async () => {
  queue = await openQueue();
});
beforeEach(() => queue.empty());
afterAll(() => queue.close());

/** A job with these data, of three attempts. */
async function run(data: unknown, more: Partial<WebhookOptions> = {}) {
  const id = await addOne(queue.store, newJob('hook', { data: JSON.stringify(data) }));
  using poster = new HttpPoster();
  const options = { hosts: ['127.0.0.1'], allowsPrivate: true, secret: null };
  const handler = createWebhookHandler(
    { ...options, timeoutMs: 5000, outputBytes: 1000, ...more },
    poster,
  );
  await processQueue(runOptions(queue.store, () => handler));
  return await detailsOf(queue.store, id);
}

describe('the built-in handler webhook', () => {
  it('posts the body to the address that the job names', async () => {
    const bodies: string[] = [];
    const site = await startSite((request, response) => {
      void text(request).then((body) => {
        bodies.push(body);
        response.end('thanks');
      });
    });
    const details = await run({ url: `${site.url}/hook`, body: { order: 'ä' } });
    expect(details).toMatchObject({ status: 'completed', result: 'thanks' });
    expect(bodies).toEqual(['{"order":"ä"}']);
  });

  it.each<[string, unknown, string, Partial<WebhookOptions>]>([
    ['no address', {}, 'data.url is no web address', {}],
    ['no object', 'x', 'data.url is no web address', {}],
    ['another scheme', { url: 'file:///etc/passwd' }, 'data.url is not https://', {}],
    [
      'http outside',
      { url: 'http://127.0.0.1/' },
      'data.url is not https://',
      { allowsPrivate: false },
    ],
    ['a password', { url: 'https://u:p@127.0.0.1/' }, 'data.url holds a user or a password', {}],
    [
      'a host that is not listed',
      { url: 'https://example.net/?token=x' },
      'the host example.net is not in queue.webhooks.hosts',
      { hosts: ['example.com', '*.example.com'] },
    ],
    [
      'the parent of a listed domain, or one that ends alike',
      { url: 'https://notexample.com/' },
      'the host notexample.com is not in queue.webhooks.hosts',
      { hosts: ['*.example.com'] },
    ],
    [
      'an address inside in another notation',
      { url: 'https://2130706433/' },
      'the host 127.0.0.1 is no public address',
      { allowsPrivate: false },
    ],
    [
      'an address inside',
      { url: 'https://[::1]/' },
      'the host ::1 is no public address',
      { allowsPrivate: false, hosts: ['::1'] },
    ],
  ])('calls nobody for %s: a dead letter at once', async (_, data, message, options) => {
    expect(await run(data, options)).toMatchObject({
      status: 'failed',
      attempts: 1,
      lastError: message,
    });
  });

  it('calls no listed name that leads inside', async () => {
    const site = await startSite((_, response) => response.end());
    const { lastError } = await run(
      { url: `https://localhost:${site.port}/` },
      { hosts: ['localhost'], allowsPrivate: false },
    );
    expect(lastError).toMatch(/^there was no answer: localhost is (127\.0\.0\.1|::1), no public/);
    expect(site.seen).toBe(0);
  });
});
