/**
 * The last line of defence for secrets: everything that leaves the process as text goes through `redact`.
 * The first line is that labels and errors are built without them.
 */
const masked = '******';
const secrets = new Set<string>();

/** Shorter values would blank out ordinary words; they stay out of output because nothing prints them. */
const shortestMasked = 5;

/** Remembers a secret in the forms in which it could turn up: plain, URL-encoded, inside JSON. */
export function rememberSecret(value: string | null | undefined): void {
  if (!value || value.length < shortestMasked) return;
  for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]) {
    secrets.add(form);
  }
}

/** Remembers the password in a URL, decoded and as it stands. */
export function rememberUrlSecret(url: string | null | undefined): void {
  const password = url ? passwordInUrl(url) : null;
  if (!password) return;
  rememberSecret(password);
  try {
    rememberSecret(decodeURIComponent(password));
  } catch {
    // A stray % is no encoding: then the password is what stands there, and that is remembered.
  }
}

/** The text with every remembered secret, and every password inside a URL, masked. */
export function redact(text: string): string {
  let result = text;
  // Longest first: a secret may contain another.
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    result = result.replaceAll(secret, masked);
  }
  return result.replaceAll(urlPassword, `$1${masked}@`);
}

/** `mysql://user:pass@host/db` → `mysql://user:******@host/db` */
export function maskUrl(url: string): string {
  return url.replace(urlPassword, `$1${masked}@`);
}

/**
 * `scheme://user:` kept, then what the mask replaces. A password may itself hold an @: the last one ends it. Quotes
 * end it too: in one line of JSON the next @ belongs to another text.
 */
const urlPassword = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*:)[^\s/"'<>\\]+@/gi;

/** Here the text is one URL, so that everything up to the last @ is the password, however badly it is encoded. */
function passwordInUrl(url: string): string | null {
  return /^[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:(.+)@[^@]*$/is.exec(url)?.[1] ?? null;
}
