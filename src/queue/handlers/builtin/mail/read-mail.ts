import { readAddress } from './addresses.ts';
import type { MailAddress } from './addresses.ts';

/** A mail as a job asks for it. */
export interface Mail {
  to: MailAddress[];
  cc: MailAddress[];
  bcc: MailAddress[];
  replyTo: MailAddress[];
  subject: string;
  text: string | null;
  html: string | null;
  headers: Record<string, string>;
  /** Paths below mail.attachmentsDir. */
  attachments: string[];
}

/** A job that names everybody is an error or an abuse. */
const mostRecipients = 100;

/** Names of headers that a job may set. All others are made from its fields, or belong to the mail server. */
const ownHeader = /^(X-[A-Za-z0-9-]+|List-[A-Za-z-]+|Reply-To|Auto-Submitted|Precedence)$/i;

/** What PHP's mail() is given beside: scalectl makes these itself. */
const madeHere = /^(From|MIME-Version|Content-Type|Content-Transfer-Encoding)$/i;

/**
 * @param data `{to, subject, body, headers}` as the platform's jobs have it (`email` for `to` in older ones), with
 *   `text`, `html`, `cc`, `bcc`, `replyTo`, `attachments`
 * @returns why it is no mail, in one sentence without an address
 */
export function readMail(data: unknown): Mail | string {
  const given = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  const headers = readHeaders(given['headers']);
  if (typeof headers === 'string') return headers;
  const lists: Record<string, MailAddress[]> = {};
  for (const [field, value] of [
    ['to', given['to'] ?? given['email']],
    ['cc', given['cc']],
    ['bcc', given['bcc']],
    ['replyTo', given['replyTo'] ?? headers.replyTo],
  ] as const) {
    const addresses = textsOf(value)?.map(readAddress);
    if (!addresses || addresses.includes(null)) return `data.${field} is no mail address`;
    lists[field] = addresses.filter((address) => address !== null);
  }
  const { to = [], cc = [], bcc = [], replyTo = [] } = lists;
  if (to.length + cc.length + bcc.length === 0) return 'data.to is missing';
  if (to.length + cc.length + bcc.length > mostRecipients) {
    return `the mail has more than ${mostRecipients} recipients`;
  }
  const { subject, body, text, html } = given;
  if (typeof subject !== 'string' || hasControl(subject)) {
    return 'data.subject is no text of one line';
  }
  const contents = headers.isHtml
    ? { text: text ?? null, html: html ?? body ?? null }
    : { text: text ?? body ?? null, html: html ?? null };
  if (!isTextOrNull(contents.text) || !isTextOrNull(contents.html)) {
    return 'data.body, data.text or data.html is no text';
  }
  if (contents.text === null && contents.html === null) return 'data.body is missing';
  const attachments = textsOf(given['attachments']);
  if (!attachments) return 'data.attachments is no list of files';
  const { text: plain, html: rich } = contents;
  return {
    to,
    cc,
    bcc,
    replyTo,
    subject,
    text: plain,
    html: rich,
    headers: headers.own,
    attachments,
  };
}

interface Headers {
  own: Record<string, string>;
  replyTo: string | undefined;
  isHtml: boolean;
}

/** An object, or lines `Name: value` as a list or one text. */
function readHeaders(value: unknown): Headers | string {
  const headers: Headers = { own: {}, replyTo: undefined, isHtml: false };
  const pairs = headerPairs(value ?? {});
  if (!pairs) return 'data.headers is neither an object nor lines of Name: value';
  for (const [name, text] of pairs) {
    if (typeof text !== 'string' || hasControl(text)) {
      return 'data.headers holds a value that is no text of one line';
    }
    if (/^Reply-To$/i.test(name)) headers.replyTo = text;
    else if (madeHere.test(name))
      headers.isHtml ||= /^content-type$/i.test(name) && /html/i.test(text);
    else if (ownHeader.test(name)) headers.own[name] = text;
    else return 'data.headers names a header that a job may not set';
  }
  return headers;
}

function headerPairs(value: unknown): [string, unknown][] | null {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value);
  }
  const lines: unknown[] = typeof value === 'string' ? value.split(/\r?\n/) : (value as unknown[]);
  if (!Array.isArray(lines)) return null;
  const pairs = lines
    .filter((line) => line !== '')
    .map((line) => (typeof line === 'string' ? /^([!-9;-~]+):[ \t]*(.*)$/s.exec(line) : null));
  return pairs.includes(null) ? null : pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']);
}

function textsOf(value: unknown): string[] | null {
  const list: unknown[] = Array.isArray(value)
    ? value
    : value === undefined || value === null
      ? []
      : [value];
  return list.every((each) => typeof each === 'string') ? list : null;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function hasControl(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- a line break would begin a header of its own
  return /[\u0000-\u0008\u000a-\u001f\u007f]/.test(text);
}
