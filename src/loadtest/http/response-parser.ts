import { BodySample } from './body-sample.ts';
import { MalformedResponse, parseResponseHead } from './response-head.ts';
import type { ResponseHead } from './response-head.ts';

/** Servers cut at 8 to 64 KB themselves; more is an attack or no HTTP. */
const headLimitBytes = 65_536;
/** A chunk-size line: sixteen hexadecimal digits and a short extension. */
const lineLimitBytes = 1024;
const headEnd = Buffer.from('\r\n\r\n');

type State =
  | 'idle'
  | 'head'
  | 'sized-body'
  | 'chunk-size'
  | 'chunk-data'
  | 'chunk-end'
  | 'trailer'
  | 'body-until-close'
  | 'done';

/**
 * Reads one answer at a time from a connection, in pieces of any size. It keeps no reference to the bytes it is
 * given, so that all connections can share one read buffer.
 */
export class ResponseParser {
  head: ResponseHead | null = null;
  body = new BodySample(0);
  /** Something of the present answer has arrived. */
  started = false;

  #state: State = 'idle';
  #withoutBody = false;
  /** The piece of the head or of a line that arrived before its end did. */
  #carry: Buffer | null = null;
  #line = '';
  #remaining = 0;
  #lastHeadText = '';
  #lastHead: ResponseHead | null = null;

  get isDone(): boolean {
    return this.#state === 'done';
  }

  /** Prepares for the answer to a request. `keepBytes`: how much of the body's beginning is wanted. */
  expect(method: string, keepBytes: number): void {
    this.head = null;
    this.body = new BodySample(keepBytes);
    this.started = false;
    this.#state = 'head';
    this.#withoutBody = method === 'HEAD';
    this.#carry = null;
  }

  /**
   * Reads what has arrived; `isDone` tells whether the answer is whole.
   * @returns the number of bytes that belong to the answer: fewer than given when more follows its end
   * @throws MalformedResponse
   */
  push(bytes: Buffer): number {
    let at = 0;
    if (bytes.length > 0) this.started = true;
    while (at < bytes.length && this.#state !== 'done') at = this.#step(bytes, at);
    return at;
  }

  /**
   * The server has ended the connection.
   * @returns true when that completes the answer, as it does for a body without a length
   */
  end(): boolean {
    if (this.#state === 'body-until-close') this.#state = 'done';
    return this.#state === 'done';
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, at);
      case 'sized-body':
      case 'chunk-data':
        return this.#readSized(bytes, at);
      case 'chunk-size':
      case 'chunk-end':
      case 'trailer':
        return this.#readLine(bytes, at);
      case 'body-until-close':
        this.body.append(bytes, at, bytes.length);
        return bytes.length;
      default:
        throw new MalformedResponse('bytes that nobody asked for');
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    const fresh = at === 0 ? bytes : bytes.subarray(at);
    const carried = this.#carry?.length ?? 0;
    const all = this.#carry ? Buffer.concat([this.#carry, fresh]) : fresh;
    // The end may lie across the border of two pieces: look three bytes back.
    const end = all.indexOf(headEnd, Math.max(0, carried - 3));
    if (end === -1 || end > headLimitBytes) {
      if (all.length > headLimitBytes) throw new MalformedResponse('a head of more than 64 KB');
      refuseOtherProtocols(all);
      this.#carry = Buffer.from(all);
      return bytes.length;
    }
    this.#carry = null;
    this.#beginBody(this.#parseHead(all.toString('latin1', 0, end)));
    return at + end + headEnd.length - carried;
  }

  /** Most answers of a run differ in nothing but the Date line, and in that once a second. */
  #parseHead(text: string): ResponseHead {
    if (this.#lastHead === null || text !== this.#lastHeadText) {
      this.#lastHead = parseResponseHead(text);
      this.#lastHeadText = text;
    }
    return this.#lastHead;
  }

  #beginBody(head: ResponseHead): void {
    const { status } = head;
    if (status === 101) throw new MalformedResponse('a change of protocol that nobody asked for');
    // 100 Continue and 103 Early Hints: the answer itself follows.
    if (status < 200) return;
    this.head = head;
    if (this.#withoutBody || status === 204 || status === 304) this.#state = 'done';
    else if (head.chunked) this.#beginLine('chunk-size');
    else if (head.contentLength === null) this.#state = 'body-until-close';
    else if (head.contentLength === 0) this.#state = 'done';
    else {
      this.#remaining = head.contentLength;
      this.#state = 'sized-body';
    }
  }

  #readSized(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#remaining);
    this.body.append(bytes, at, end);
    this.#remaining -= end - at;
    if (this.#remaining === 0) {
      if (this.#state === 'sized-body') this.#state = 'done';
      else this.#beginLine('chunk-end');
    }
    return end;
  }

  #beginLine(state: State): void {
    this.#line = '';
    this.#state = state;
  }

  #readLine(bytes: Buffer, at: number): number {
    const feed = bytes.indexOf(10, at);
    const end = feed === -1 ? bytes.length : feed + 1;
    this.#line += bytes.toString('latin1', at, end);
    if (this.#line.length > lineLimitBytes) throw new MalformedResponse('an endless line');
    if (feed !== -1) {
      if (!this.#line.endsWith('\r\n')) throw new MalformedResponse('a line feed without return');
      this.#endLine(this.#line.slice(0, -2));
    }
    return end;
  }

  #endLine(line: string): void {
    if (this.#state === 'chunk-size') this.#beginChunk(line);
    else if (this.#state === 'chunk-end') {
      if (line !== '') throw new MalformedResponse('a chunk longer than its size');
      this.#beginLine('chunk-size');
    } else if (line === '') this.#state = 'done';
    else this.#beginLine('trailer');
  }

  #beginChunk(line: string): void {
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line);
    if (!size) throw new MalformedResponse('a chunk size that is no number');
    this.#remaining = Number.parseInt(size[1] ?? '', 16);
    if (this.#remaining === 0) this.#beginLine('trailer');
    else this.#state = 'chunk-data';
  }
}

/** Tells at the first bytes that this is no HTTP, instead of waiting for the end of a head that never comes. */
function refuseOtherProtocols(bytes: Buffer): void {
  const expected = 'HTTP/1.';
  const seen = bytes.toString('latin1', 0, expected.length);
  if (!expected.startsWith(seen)) throw new MalformedResponse('an answer that is not HTTP/1.1');
}
