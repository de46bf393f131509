import { isIP } from 'node:net';
import { failedForGood } from '../attempt.ts';
import type { Handler } from '../handler.ts';
import { attemptOf } from '../http/attempt-of-answer.ts';
import type { HttpPoster } from '../http/post.ts';
import { signatureOf } from '../http/signature.ts';
import { isPublicAddress, lookupPublic } from './public-address.ts';

export interface WebhookOptions {
  /** Hosts that jobs may name: `hooks.example.com`, `*.example.com`. */
  hosts: readonly string[];
  /** Whether a host may have an address inside; then http:// is allowed too. */
  allowsPrivate: boolean;
  /** null: requests are not signed. */
  secret: string | null;
  timeoutMs: number;
  outputBytes: number;
}

interface Webhook {
  url: URL;
  body: string;
}

/**
 * The built-in handler `webhook`: posts `data.body` as JSON to `data.url`. Whoever may add a job names the address,
 * so only listed hosts are called, and none that leads inside. Answers mean what they mean to a handler of `http`.
 * @param poster of webhooks alone: a connection that another handler has opened inside must not be used
 */
export function createWebhookHandler(options: WebhookOptions, poster: HttpPoster): Handler {
  const { allowsPrivate, secret, timeoutMs, outputBytes } = options;
  return {
    run: async (job, signal) => {
      const webhook = readWebhook(JSON.parse(job.data), options);
      if (typeof webhook === 'string') return failedForGood('error', webhook, null);
      const { url, body } = webhook;
      const seconds = Math.floor(Date.now() / 1000);
      const outcome = await poster.post({
        url,
        headers: {
          'Content-Type': 'application/json',
          'User-Agent': 'scalectl',
          'Idempotency-Key': `scalectl-job-${job.id}`,
          ...(secret === null ? {} : { 'Scalectl-Signature': signatureOf(secret, body, seconds) }),
        },
        body,
        timeoutMs,
        signal,
        bodyBytes: outputBytes,
        ...(allowsPrivate ? {} : { lookup: lookupPublic }),
      });
      return attemptOf(outcome, timeoutMs, Date.now());
    },
  };
}

/** @returns why it is not called, in one sentence without the URL: that may hold a token */
function readWebhook(data: unknown, { hosts, allowsPrivate }: WebhookOptions): Webhook | string {
  const { url: text, body } = (typeof data === 'object' && data !== null ? data : {}) as {
    url?: unknown;
    body?: unknown;
  };
  if (typeof text !== 'string' || !URL.canParse(text)) return 'data.url is no web address';
  const url = new URL(text);
  const isPlain = url.protocol === 'http:';
  if (url.protocol !== 'https:' && !(isPlain && allowsPrivate)) return 'data.url is not https://';
  if (url.username !== '' || url.password !== '') return 'data.url holds a user or a password';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!hosts.some((pattern) => isHost(host, pattern.toLowerCase()))) {
    return `the host ${host} is not in queue.webhooks.hosts`;
  }
  // An address needs no look-up, so the one below would not see it.
  if (isIP(host) !== 0 && !allowsPrivate && !isPublicAddress(host)) {
    return `the host ${host} is no public address`;
  }
  return { url, body: JSON.stringify(body ?? null) };
}

/** `*.example.com` stands for every host below it, not for example.com itself. */
function isHost(host: string, pattern: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}
