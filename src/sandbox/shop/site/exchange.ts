import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebSession } from './web-sessions.ts';

/** What a page sees of a request. */
export interface PageRequest {
  method: 'GET' | 'POST';
  query: URLSearchParams;
  /** Empty for a GET. */
  form: URLSearchParams;
  /** The browser's session, when it has one. */
  session: WebSession | null;
  /** The browser's session, or a new one whose cookie goes out with the answer. */
  needSession(): WebSession;
}

/** A page, or where to go instead. */
export type PageAnswer = { status: number; page: string } | { location: string };

/** The form of a login or an order is a few hundred bytes. */
const formLimitBytes = 64 * 1024;

/** The fields of a posted form, null when it is too long: what is beyond the limit is not kept. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | null> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // Leaving the loop early must not close the connection: the answer that says why goes out on it.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > formLimitBytes) return null;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

export const sessionCookie = 'PHPSESSID';

/** The session's id that the browser sends, when it sends one that can be ours. */
export function readSessionCookie(header: string | undefined): string | undefined {
  return new RegExp(`(?:^|;\\s*)${sessionCookie}=([0-9a-f]{32})(?:;|$)`).exec(header ?? '')?.[1];
}

export interface Reply {
  status: number;
  contentType: string;
  body: string;
  location?: string;
  /** Methods that the page takes, for a 405. */
  allow?: string;
  cookie?: string;
}

/** Sends with a Content-Length, so that the connection stays open for the next request. */
export function sendReply(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const body = Buffer.from(reply.body, 'utf8');
  response.statusCode = reply.status;
  response.setHeader('Content-Type', reply.contentType);
  response.setHeader('Content-Length', body.length);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'self'");
  if (reply.contentType.startsWith('text/html')) response.setHeader('Cache-Control', 'no-store');
  if (reply.location !== undefined) response.setHeader('Location', reply.location);
  if (reply.allow !== undefined) response.setHeader('Allow', reply.allow);
  if (reply.cookie !== undefined) {
    response.setHeader(
      'Set-Cookie',
      `${sessionCookie}=${reply.cookie}; Path=/; HttpOnly; SameSite=Lax`,
    );
  }
  response.end(request.method === 'HEAD' ? undefined : body);
}
