/** What a load test needs to know of the head of an HTTP/1.1 answer. */
export interface ResponseHead {
  status: number;
  /** The server leaves the connection open after this answer. */
  keepAlive: boolean;
  chunked: boolean;
  /** Bytes, null when the head names no length. */
  contentLength: number | null;
  /** `gzip`, `br`, …; null when the body is plain. */
  encoding: string | null;
  location: string | null;
  setCookies: readonly string[];
}

/** The answer is not HTTP/1.1 as RFC 9112 has it; the message says what is wrong. */
export class MalformedResponse extends Error {
  override readonly name = 'MalformedResponse';
}

/** Characters of a header name: `token` in RFC 9110, section 5.6.2. */
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const noCookies: readonly string[] = [];

/**
 * Reads status line and header fields. Strict where leniency lets two readers see two different answers: no
 * folded lines, no space before a colon, no two lengths, no length beside chunked.
 * @param text the head as latin1, without the empty line that ends it
 * @throws MalformedResponse
 */
export function parseResponseHead(text: string): ResponseHead {
  const lines = text.split('\r\n');
  const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: .*)?$/.exec(lines[0] ?? '');
  if (!statusLine) throw new MalformedResponse('the first line is no HTTP/1.1 status line');
  const head: ResponseHead = {
    status: Number(statusLine[2]),
    keepAlive: statusLine[1] === '1',
    chunked: false,
    contentLength: null,
    encoding: null,
    location: null,
    setCookies: noCookies,
  };
  for (let index = 1; index < lines.length; index++) readField(head, lines[index] ?? '');
  if (head.chunked && head.contentLength !== null)
    throw new MalformedResponse('both Content-Length and Transfer-Encoding');
  return head;
}

function readField(head: ResponseHead, line: string): void {
  const colon = line.indexOf(':');
  const name = colon > 0 ? line.slice(0, colon) : '';
  if (!headerName.test(name) || /[\0\r\n]/.test(line))
    throw new MalformedResponse('a header line that is none');
  const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
  switch (name.toLowerCase()) {
    case 'content-length':
      head.contentLength = readLength(head.contentLength, value);
      break;
    case 'transfer-encoding':
      if (value.toLowerCase() !== 'chunked' || head.chunked)
        throw new MalformedResponse('a Transfer-Encoding other than chunked');
      head.chunked = true;
      break;
    case 'connection':
      head.keepAlive = readConnection(head.keepAlive, value);
      break;
    case 'content-encoding':
      head.encoding = value.toLowerCase() === 'identity' ? null : value.toLowerCase();
      break;
    case 'location':
      head.location = value;
      break;
    case 'set-cookie':
      head.setCookies = [...head.setCookies, value];
      break;
    default:
  }
}

function readLength(known: number | null, value: string): number {
  // Sixteen digits would pass what a number holds exactly.
  if (!/^\d{1,15}$/.test(value)) throw new MalformedResponse('a Content-Length that is no number');
  const length = Number(value);
  if (known !== null && known !== length)
    throw new MalformedResponse('two different Content-Length values');
  return length;
}

function readConnection(keepAlive: boolean, value: string): boolean {
  const options = value
    .toLowerCase()
    .split(',')
    .map((option) => option.trim());
  if (options.includes('close')) return false;
  return options.includes('keep-alive') || keepAlive;
}
