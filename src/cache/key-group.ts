/**
 * The group that a key belongs to: what changes from key to key becomes `*`. `products_page_7` → `products_page_*`,
 * `query_<md5>` → `query_*`, `rate_limit_ip_2001:db8::1` → `rate_limit_ip_*`; `products_list` stays as it is.
 */
export function groupOfKey(key: Buffer): string {
  const text = key.toString('latin1', 0, longestLooked);
  const folded = variable.reduce((result, pattern) => result.replaceAll(pattern, '*'), text);
  const joined = folded.replaceAll(/\*(?:[_:./|,-]*\*)+/g, '*');
  const shown = Buffer.from(joined, 'latin1').toString('utf8');
  return key.length > longestLooked && !shown.endsWith('*') ? `${shown}*` : shown;
}

/** `user_anna_profile` → `user_*`: the coarser group, where names instead of numbers make too many. */
export function coarseGroupOfKey(key: Buffer): string {
  const text = key.toString('utf8', 0, longestLooked);
  const first = /^[^_:./|,-]*[_:./|,-]/.exec(text)?.[0];
  return first === undefined ? '*' : `${groupOfKey(Buffer.from(first))}*`;
}

const longestLooked = 200;

/** Tried in this order: the longer form must not be torn apart by the shorter. */
const variable: readonly RegExp[] = [
  // UUID
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi,
  // IPv6: at least two colons, so that a:b of a namespace is none
  /(?<![0-9a-z])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![0-9a-z])/gi,
  // digests, and the ids of PHP's uniqid()
  /(?<![0-9a-z])(?=[a-f]*\d)[0-9a-f]{8,}(?![0-9a-z])/gi,
  // session ids and tokens: long, with at least one digit
  /(?<![0-9a-z])(?=[a-z]*\d)[0-9a-z]{20,}(?![0-9a-z])/gi,
  /\d+/g,
];
