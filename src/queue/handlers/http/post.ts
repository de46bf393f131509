import http from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { OutputTail } from '../output-tail.ts';

export interface PostRequest {
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string;
  timeoutMs: number;
  signal: AbortSignal;
  /** How much of the end of the answer is kept. */
  bodyBytes: number;
  /** Finds the address of the host; may refuse it. */
  lookup?: LookupFunction;
}

/** What came of a request: an answer, or why there is none. */
export type PostOutcome =
  | { kind: 'answer'; status: number; retryAfter: string | null; body: string | null }
  | { kind: 'no-answer'; why: string }
  | { kind: 'timeout' }
  | { kind: 'aborted' };

/** Sends requests over connections that stay open between them. Follows no redirect. */
export class HttpPoster implements Disposable {
  readonly #plain: http.Agent;
  readonly #secure: https.Agent;

  constructor() {
    const options = { keepAlive: true, keepAliveMsecs: 5000, maxFreeSockets: 16 };
    this.#plain = new http.Agent(options);
    this.#secure = new https.Agent(options);
  }

  async post(request: PostRequest): Promise<PostOutcome> {
    const first = await this.#send(request);
    // The server closed a connection that had waited, just when it was to be used: it has not seen the request.
    return first.kind === 'stale' ? this.#ended(await this.#send(request)) : first;
  }

  [Symbol.dispose](): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  #ended(outcome: PostOutcome | { kind: 'stale'; why: string }): PostOutcome {
    return outcome.kind === 'stale' ? { kind: 'no-answer', why: outcome.why } : outcome;
  }

  #send(request: PostRequest): Promise<PostOutcome | { kind: 'stale'; why: string }> {
    const { url, headers, body, timeoutMs, signal, bodyBytes, lookup } = request;
    if (signal.aborted) return Promise.resolve({ kind: 'aborted' });
    const isSecure = url.protocol === 'https:';
    const options: RequestOptions = {
      method: 'POST',
      agent: isSecure ? this.#secure : this.#plain,
      headers: { ...headers, 'Content-Length': String(Buffer.byteLength(body)) },
      ...(lookup ? { lookup } : {}),
    };
    return new Promise((resolve) => {
      const sent = isSecure ? https.request(url, options) : http.request(url, options);
      const finish = (outcome: PostOutcome | { kind: 'stale'; why: string }): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        resolve(outcome);
        if (outcome.kind !== 'answer') sent.destroy();
      };
      const timer = setTimeout(() => finish({ kind: 'timeout' }), timeoutMs);
      const onAbort = (): void => finish({ kind: 'aborted' });
      signal.addEventListener('abort', onAbort, { once: true });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = sent.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');
        finish({ kind: isStale ? 'stale' : 'no-answer', why: reasonOf(error) });
      });
      sent.on('response', (response) => void readAnswer(response, bodyBytes).then(finish));
      sent.end(body);
    });
  }
}

function readAnswer(response: IncomingMessage, bodyBytes: number): Promise<PostOutcome> {
  const tail = new OutputTail(bodyBytes);
  return new Promise((resolve) => {
    response.on('data', (chunk: Buffer) => tail.add(chunk));
    response.on('error', (error) => {
      resolve({ kind: 'no-answer', why: `the answer breaks off: ${error.message}` });
    });
    response.on('end', () => {
      resolve({
        kind: 'answer',
        status: response.statusCode ?? 0,
        retryAfter: response.headers['retry-after'] ?? null,
        body: tail.text(),
      });
    });
  });
}

/** Of a host with several addresses, all of which fail, the error has no message of its own. */
function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.message !== '') return error.message;
  const inner =
    error instanceof AggregateError ? (error.errors[0] as Error | undefined) : undefined;
  return inner?.message ?? error.code ?? error.name;
}
