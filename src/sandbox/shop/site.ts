import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Database } from '../../database/types.ts';
import { readForm, readSessionCookie, sendReply } from './site/exchange.ts';
import type { PageAnswer, Reply } from './site/exchange.ts';
import { html } from './site/html.ts';
import { guest, renderPage, stylesheet } from './site/layout.ts';
import { routes } from './site/routes.ts';
import type { Shop, SiteCounters } from './site/shop.ts';
import { createWebSessions } from './site/web-sessions.ts';

export interface ShopSite extends AsyncDisposable {
  /** `http://127.0.0.1:40123`, without a slash at the end. */
  readonly url: string;
  /** Live figures since the start. */
  readonly counters: Readonly<SiteCounters>;
  /** Lets running requests finish, for a second at most, then closes every connection. A second call does nothing. */
  stop(): Promise<void>;
}

export interface ShopSiteOptions {
  /** A database with the shop's tables; the site leaves it open when it stops. */
  database: Database;
  /** Aborting stops the site. */
  signal?: AbortSignal;
  /** Told of each error that a request ended in; the visitor only reads that something failed. */
  onFailure?: (error: unknown) => void;
}

/** The platform's SESSION_TIMEOUT. */
const sessionTtlMs = 1_800_000;

/** More browsers than a load test on one machine has; a session is about 500 bytes. */
const sessionLimit = 50_000;

const stopGraceMs = 1000;

/**
 * Starts the shop's web site on a free loopback port: the platform's pages, on real statements, with a session cookie
 * and a CSRF token in each form. It is there to be load-tested and talks to nobody outside this machine.
 */
export async function startShopSite(options: ShopSiteOptions): Promise<ShopSite> {
  options.signal?.throwIfAborted();
  const shop: Shop = {
    database: options.database,
    sessions: createWebSessions({ ttlMs: sessionTtlMs, limit: sessionLimit }),
    counters: {
      requests: 0,
      statusCodes: {},
      logins: 0,
      refusedLogins: 0,
      orders: 0,
      failures: 0,
    },
  };
  const server = createServer((request, response) => {
    void serve(request, response, shop, options.onFailure);
  });
  // Longer than any think time of a load test: a kept-alive connection is not closed under its feet.
  server.keepAliveTimeout = 65_000;
  const port = await listen(server);
  const stop = createStop(server);
  const stopOnAbort = (): void => void stop();
  options.signal?.addEventListener('abort', stopOnAbort, { once: true });
  server.once('close', () => options.signal?.removeEventListener('abort', stopOnAbort));
  return {
    url: `http://127.0.0.1:${port}`,
    counters: shop.counters,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  shop: Shop,
  onFailure: ((error: unknown) => void) | undefined,
): Promise<void> {
  shop.counters.requests += 1;
  let reply: Reply;
  try {
    reply = await answer(request, shop);
  } catch (error) {
    // A visitor who left in the middle of a form is no failure of the site.
    if (request.destroyed && !request.complete) return;
    shop.counters.failures += 1;
    onFailure?.(error);
    reply = plainPage(500, 'Something failed', 'The shop could not answer. Please try again.');
  }
  const { statusCodes } = shop.counters;
  statusCodes[reply.status] = (statusCodes[reply.status] ?? 0) + 1;
  sendReply(request, response, reply);
}

async function answer(request: IncomingMessage, shop: Shop): Promise<Reply> {
  const target = readTarget(request.url);
  if (target === null) return plainPage(400, 'Bad request', 'This address cannot be read.');
  if (target.pathname === '/style.css') {
    return { status: 200, contentType: 'text/css; charset=utf-8', body: stylesheet };
  }
  const route = routes.get(target.pathname);
  if (route === undefined) {
    return plainPage(404, 'Not found', `There is no page ${target.pathname}.`);
  }
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const page = method === 'GET' || method === 'POST' ? route[method] : undefined;
  if (page === undefined || (method !== 'GET' && method !== 'POST')) {
    const allow = route.POST === undefined ? 'GET, HEAD' : 'GET, HEAD, POST';
    return { ...plainPage(405, 'Not allowed', 'This page does not take that method.'), allow };
  }
  const form = method === 'POST' ? await readForm(request) : new URLSearchParams();
  if (form === null) return plainPage(413, 'Too long', 'This form is too long.');

  const cookieId = readSessionCookie(request.headers.cookie);
  let session = shop.sessions.find(cookieId);
  const reply = toReply(
    await page(
      {
        method,
        query: target.searchParams,
        form,
        session,
        needSession: () => (session ??= shop.sessions.open()),
      },
      shop,
    ),
  );
  // New, or renewed by a login.
  return session === null || session.id === cookieId ? reply : { ...reply, cookie: session.id };
}

/** The path and query asked for; null for what is none, as `*` of OPTIONS. */
function readTarget(text: string | undefined): URL | null {
  const base = 'http://shop.invalid';
  if (text === undefined || !text.startsWith('/') || !URL.canParse(base + text)) return null;
  return new URL(base + text);
}

function toReply(answer: PageAnswer): Reply {
  const contentType = 'text/html; charset=utf-8';
  if ('location' in answer) {
    return { status: 302, contentType, body: '', location: answer.location };
  }
  return { status: answer.status, contentType, body: answer.page };
}

function plainPage(status: number, title: string, text: string): Reply {
  return toReply({ status, page: renderPage(title, guest, html`<p>${text}</p>`) });
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function createStop(server: Server): () => Promise<void> {
  let stopped: Promise<void> | null = null;
  return () => {
    stopped ??= new Promise((resolve) => {
      const timer = setTimeout(() => server.closeAllConnections(), stopGraceMs);
      // Ends idle kept-alive connections too; those of running requests end with their answers or by the timer.
      server.close(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    return stopped;
  };
}
