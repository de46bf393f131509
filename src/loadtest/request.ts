import { fillIn } from './journey.ts';
import type { Method, Step } from './journey.ts';
import type { Target } from './target.ts';

/** One request of a session, as it goes out. */
export interface SessionRequest {
  method: Method;
  /** Path and query. */
  path: string;
  /** `application/x-www-form-urlencoded`; null without a body. */
  body: string | null;
}

/** The request of a step, with the session's values in its path and form. */
export function requestOf(step: Step, values: ReadonlyMap<string, string>): SessionRequest {
  const path = step.path.includes('${') ? fillIn(step.path, values, encodeURIComponent) : step.path;
  return { method: step.method, path, body: step.form && formBody(step.form, values) };
}

/** Writes requests for one target; what is the same in all of them is written once. */
export class RequestWriter {
  readonly #fields: string;

  constructor(target: Target) {
    this.#fields = [
      ` HTTP/1.1\r\nHost: ${target.host}`,
      'User-Agent: scalectl-loadtest',
      'Accept: */*',
      // Checks read the body: unfolding thousands of answers would cost more than the test itself.
      'Accept-Encoding: identity',
      'Connection: keep-alive\r\n',
    ].join('\r\n');
  }

  /** All of it is ASCII: paths and forms are percent-encoded. */
  write({ method, path, body }: SessionRequest, cookies: string): string {
    const cookie = cookies === '' ? '' : `Cookie: ${cookies}\r\n`;
    if (body === null) return `${method} ${path}${this.#fields}${cookie}\r\n`;
    const type = 'Content-Type: application/x-www-form-urlencoded\r\n';
    return `${method} ${path}${this.#fields}${cookie}${type}Content-Length: ${body.length}\r\n\r\n${body}`;
  }
}

/**
 * Where a redirect leads on the same origin.
 * @returns null when the answer is no redirect to follow, `'elsewhere'` when it leads to another origin
 */
export function redirectOf(
  request: SessionRequest,
  status: number,
  location: string | null,
  origin: string,
): SessionRequest | 'elsewhere' | null {
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return null;
  const base = `${origin}${request.path}`;
  if (!URL.canParse(location, base)) return null;
  const url = new URL(location, base);
  if (url.origin !== origin) return 'elsewhere';
  const path = `${url.pathname}${url.search}`;
  if (status === 307 || status === 308) return { ...request, path };
  // Browsers send GET after a form, also for 301 and 302 (RFC 9110, section 15.4.3).
  return { method: request.method === 'HEAD' ? 'HEAD' : 'GET', path, body: null };
}

function formBody(
  form: Readonly<Record<string, string>>,
  values: ReadonlyMap<string, string>,
): string {
  return Object.entries(form)
    .map(([field, value]) => `${encodeField(field, values)}=${encodeField(value, values)}`)
    .join('&');
}

/** The text around a variable is encoded too, so that its `&` or `=` is no border. */
function encodeField(text: string, values: ReadonlyMap<string, string>): string {
  return encodeURIComponent(fillIn(text, values, (value) => value));
}
