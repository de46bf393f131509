interface Cookie {
  name: string;
  value: string;
  path: string;
  secureOnly: boolean;
  /** Milliseconds since 1970; null for the time of the session. */
  expiresAt: number | null;
}

/**
 * The cookies of one user at one host, after RFC 6265: default path, path match, Secure, Max-Age before Expires,
 * longer paths first. A Domain attribute is taken when it covers the host and otherwise drops the cookie, as a
 * browser does; a load test never leaves its host, so no cookie needs to remember it.
 */
export class CookieJar {
  #cookies: Cookie[] = [];
  readonly #host: string;
  readonly #secure: boolean;

  constructor(host: string, secure: boolean) {
    this.#host = host.toLowerCase();
    this.#secure = secure;
  }

  /** Takes one Set-Cookie value from the answer to a request for `requestPath`. */
  take(setCookie: string, requestPath: string, now = Date.now()): void {
    const cookie = parseCookie(setCookie, requestPath, this.#host, now);
    if (!cookie || (cookie.secureOnly && !this.#secure)) return;
    const others = this.#cookies.filter(
      (known) => known.name !== cookie.name || known.path !== cookie.path,
    );
    const isExpired = cookie.expiresAt !== null && cookie.expiresAt <= now;
    if (!isExpired) others.push(cookie);
    this.#cookies = others.sort((a, b) => b.path.length - a.path.length);
  }

  /** The value of the Cookie header for a path; empty when there is none to send. */
  header(requestPath: string, now = Date.now()): string {
    if (this.#cookies.length === 0) return '';
    const path = withoutQuery(requestPath);
    return this.#cookies
      .filter((cookie) => pathMatches(path, cookie.path))
      .filter((cookie) => cookie.expiresAt === null || cookie.expiresAt > now)
      .map((cookie) => `${cookie.name}=${cookie.value}`)
      .join('; ');
  }
}

function parseCookie(text: string, requestPath: string, host: string, now: number): Cookie | null {
  const [pair = '', ...attributes] = text.split(';');
  const equals = pair.indexOf('=');
  const name = pair.slice(0, Math.max(equals, 0)).trim();
  if (name === '') return null;
  const cookie: Cookie = {
    name,
    value: pair.slice(equals + 1).trim(),
    path: defaultPath(requestPath),
    secureOnly: false,
    expiresAt: null,
  };
  let maxAgeSeen = false;
  for (const attribute of attributes) {
    const [key = '', ...rest] = attribute.split('=');
    const value = rest.join('=').trim();
    switch (key.trim().toLowerCase()) {
      case 'path':
        if (value.startsWith('/')) cookie.path = value;
        break;
      case 'secure':
        cookie.secureOnly = true;
        break;
      case 'max-age':
        if (!/^-?\d+$/.test(value)) break;
        maxAgeSeen = true;
        cookie.expiresAt = now + Number(value) * 1000;
        break;
      case 'expires': {
        const time = Date.parse(value);
        if (!maxAgeSeen && !Number.isNaN(time)) cookie.expiresAt = time;
        break;
      }
      case 'domain':
        if (!domainCovers(value, host)) return null;
        break;
      default:
    }
  }
  return cookie;
}

function domainCovers(domain: string, host: string): boolean {
  const wanted = domain.replace(/^\./, '').toLowerCase();
  return wanted === '' || host === wanted || host.endsWith(`.${wanted}`);
}

/** RFC 6265, section 5.1.4. */
function defaultPath(requestPath: string): string {
  const path = withoutQuery(requestPath);
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

function pathMatches(path: string, cookiePath: string): boolean {
  if (!path.startsWith(cookiePath)) return false;
  return (
    path.length === cookiePath.length || cookiePath.endsWith('/') || path[cookiePath.length] === '/'
  );
}

function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  return query === -1 ? path : path.slice(0, query);
}
