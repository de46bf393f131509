import { ScalectlError } from '../../errors.ts';
import { deepestNesting } from './decode.ts';
import { formatFloat, largestInteger, smallestInteger } from './number.ts';
import { PhpArray, PhpEnum, PhpFloat, PhpObject, PhpReference } from './value.ts';
import type { PhpCustomObject, PhpEntries, PhpKey, PhpValue } from './value.ts';

export interface EncodeOptions {
  /** Added to the numbers of references: a value that moves into or out of another one counts from elsewhere. */
  slotOffset?: number;
}

/**
 * The bytes that PHP's serialize() writes for a value. What decodePhp read comes out byte for byte.
 * @throws ScalectlError `input-invalid` for an integer beyond 64 bits and for nesting without end
 */
export function encodePhp(value: PhpValue, options: EncodeOptions = {}): Buffer {
  const writer = new Writer(options.slotOffset ?? 0);
  writer.value(value, 0);
  return writer.finish();
}

class Writer {
  private bytes = Buffer.allocUnsafe(1024);
  private length = 0;
  private readonly slotOffset: number;

  constructor(slotOffset: number) {
    this.slotOffset = slotOffset;
  }

  finish(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.length));
  }

  value(value: PhpValue, depth: number): void {
    // A tree that contains itself would never end; what is deeper could not be read again.
    if (depth > deepestNesting) {
      throw new ScalectlError('input-invalid', `the value is nested deeper than ${deepestNesting}`);
    }
    if (value === null) this.ascii('N;');
    else if (typeof value === 'string' || Buffer.isBuffer(value)) this.string(value);
    else if (typeof value === 'boolean') this.ascii(value ? 'b:1;' : 'b:0;');
    else if (typeof value === 'number' || typeof value === 'bigint') this.number(value);
    else if (value instanceof PhpFloat) {
      this.ascii(`d:${value.text ?? formatFloat(value.value)};`);
    } else if (value instanceof PhpArray) {
      this.ascii('a:');
      this.entries(value.entries, depth);
    } else if (value instanceof PhpObject) {
      this.ascii('O:');
      this.quoted(value.className);
      this.ascii(':');
      this.entries(value.properties, depth);
    } else if (value instanceof PhpReference) {
      this.ascii(`${value.kind}:${value.slot + this.slotOffset};`);
    } else this.special(value);
  }

  private special(value: PhpEnum | PhpCustomObject): void {
    if (value instanceof PhpEnum) {
      this.ascii('E:');
      this.quoted(`${value.className}:${value.caseName}`);
      this.ascii(';');
      return;
    }
    this.ascii('C:');
    this.quoted(value.className);
    this.ascii(`:${value.payload.length}:{`);
    this.raw(value.payload);
    this.ascii('}');
  }

  private entries(entries: PhpEntries, depth: number): void {
    this.ascii(`${entries.length}:{`);
    for (const [key, value] of entries) {
      this.key(key);
      this.value(value, depth + 1);
    }
    this.ascii('}');
  }

  private key(key: PhpKey): void {
    if (typeof key === 'string' || Buffer.isBuffer(key)) this.string(key);
    else this.number(key);
  }

  /** A whole number is an integer; a caller's 1.5 can only be meant as a float. */
  private number(value: number | bigint): void {
    if (typeof value === 'number' && !(Number.isSafeInteger(value) && !Object.is(value, -0))) {
      this.ascii(`d:${formatFloat(value)};`);
      return;
    }
    if (value < smallestInteger || value > largestInteger) {
      throw new ScalectlError(
        'input-invalid',
        `${value} does not fit the 64 bits of a PHP integer`,
      );
    }
    this.ascii(`i:${value};`);
  }

  private string(text: string | Buffer): void {
    this.ascii('s:');
    this.quoted(text);
    this.ascii(';');
  }

  private quoted(text: string | Buffer): void {
    if (typeof text !== 'string') {
      this.ascii(`${text.length}:"`);
      this.raw(text);
    } else if (text.length <= shortText && isAscii(text)) {
      this.ascii(`${text.length}:"`);
      this.ascii(text);
    } else {
      const length = Buffer.byteLength(text);
      this.ascii(`${length}:"`);
      this.reserve(length);
      this.length += this.bytes.write(text, this.length);
    }
    this.ascii('"');
  }

  private ascii(text: string): void {
    this.reserve(text.length);
    const { bytes } = this;
    const start = this.length;
    for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i);
    this.length = start + text.length;
  }

  private raw(bytes: Buffer): void {
    this.reserve(bytes.length);
    this.length += bytes.copy(this.bytes, this.length);
  }

  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

/** Below this length a loop is faster than a call into native code. */
const shortText = 64;

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}
