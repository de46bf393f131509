import { isUtf8 } from 'node:buffer';
import { PhpFormatError } from './value.ts';

// Bytes of the format.
export const colon = 0x3a;
export const semicolon = 0x3b;
const quote = 0x22;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;
export const minus = 0x2d;
export const zero = 0x30;

/** Walks through bytes of PHP's format: the parts that all types are made of. */
export class Cursor {
  position = 0;
  protected readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** `5:"hello"` */
  protected quoted(): string | Buffer {
    const length = this.length();
    this.expect(quote);
    const start = this.position;
    if (length > this.bytes.length - start) throw this.truncated();
    this.position = start + length;
    this.expect(quote);
    return readText(this.bytes, start, start + length);
  }

  protected take(length: number): Buffer {
    const start = this.position;
    if (length > this.bytes.length - start) throw this.truncated();
    this.position = start + length;
    return this.bytes.subarray(start, this.position);
  }

  /** A count or length, with the colon behind it. */
  protected length(): number {
    return this.digits(colon);
  }

  /** Digits up to a byte that ends them; the position is behind that byte. Exact up to 15 digits. */
  protected digits(end: number, longest = 10): number {
    const { bytes } = this;
    const start = this.position;
    let at = start;
    let value = 0;
    for (;;) {
      const digit = (bytes[at] ?? -1) - zero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at++;
    }
    if (bytes[at] === undefined) throw this.truncated();
    if (at === start || bytes[at] !== end) {
      throw new PhpFormatError(`a number and ${nameByte(end)} are expected`, at);
    }
    if (at - start > longest) throw new PhpFormatError('the number is too long', start);
    this.position = at + 1;
    return value;
  }

  protected expect(byte: number): void {
    const found = this.bytes[this.position];
    if (found === undefined) throw this.truncated();
    if (found !== byte) {
      throw new PhpFormatError(
        `${nameByte(byte)} is expected, not ${nameByte(found)}`,
        this.position,
      );
    }
    this.position++;
  }

  protected truncated(): PhpFormatError {
    return new PhpFormatError('the bytes end in the middle of it', this.bytes.length);
  }
}

/** Below this length a loop over the bytes is faster than a call into native code. */
const shortBytes = 48;

/** Text where the bytes are UTF-8, else the bytes themselves: nothing is lost either way. */
export function readText(bytes: Buffer, start: number, end: number): string | Buffer {
  if (end - start <= shortBytes) {
    let isAscii = true;
    for (let i = start; i < end; i++) {
      if ((bytes[i] ?? 0) >= 0x80) {
        isAscii = false;
        break;
      }
    }
    if (isAscii) return bytes.toString('latin1', start, end);
  }
  const part = bytes.subarray(start, end);
  return isUtf8(part) ? part.toString('utf8') : part;
}

/** A byte for a message. */
export function nameByte(byte: number): string {
  const isPrintable = byte > 0x20 && byte < 0x7f;
  return isPrintable
    ? `"${String.fromCharCode(byte)}"`
    : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}
