/** An address as nodemailer takes it: in two parts, so that it parses no text of a job itself. */
export interface MailAddress {
  name: string;
  address: string;
}

/** RFC 5321, 4.5.3.1.3: 256 octets with the angle brackets. */
const longestAddress = 254;

/**
 * One mail address: `shop@example.com` or `Shop <shop@example.com>`. Narrower than RFC 5322 allows: no quoted local
 * part, no comment, no group, no control character, as those are where parsers differ and headers get injected.
 * @returns null for what is no address
 */
export function readAddress(text: string): MailAddress | null {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) return null;
  const named = /^\s*"?([^"<>]*?)"?\s*<([^<>]+)>\s*$/.exec(text);
  const address = (named?.[2] ?? text).trim();
  const isAddress =
    Buffer.byteLength(address) <= longestAddress &&
    /^[^\s@<>()[\]\\,;:"]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)*[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u.test(
      address,
    );
  return isAddress ? { name: named?.[1] ?? '', address } : null;
}
