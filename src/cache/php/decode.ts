import {
  Cursor,
  minus,
  nameByte,
  colon,
  openBrace,
  closeBrace,
  semicolon,
  zero,
} from './cursor.ts';
import { formatFloat, largestInteger, narrowInteger, smallestInteger } from './number.ts';
import {
  PhpArray,
  PhpCustomObject,
  PhpEnum,
  PhpFloat,
  PhpFormatError,
  PhpObject,
  PhpReference,
} from './value.ts';
import type { PhpEntries, PhpKey, PhpValue } from './value.ts';

export interface DecodeLimits {
  /** Arrays and objects inside each other. */
  maxDepth?: number;
  /** Longer input is refused before it is read. */
  maxBytes?: number;
  /** Values in all, nested ones included: each takes many times its bytes in memory. */
  maxValues?: number;
}

/** PHP reads 4096 levels by default; each takes some of the stack here, and real values have a dozen. */
export const deepestNesting = 1024;

const defaultLimits: Required<DecodeLimits> = {
  maxDepth: deepestNesting,
  maxBytes: 64 * 1024 ** 2,
  maxValues: 2_000_000,
};

/**
 * Reads one value that PHP's serialize() wrote. Nothing is instantiated; memory stays in proportion to the input
 * whatever counts and lengths it claims.
 * @throws PhpFormatError on anything else than exactly one whole value, and beyond a limit
 */
export function decodePhp(buffer: Buffer, limits: DecodeLimits = {}): PhpValue {
  const reader = new Reader(buffer, { ...defaultLimits, ...limits });
  const value = reader.value(0);
  if (reader.position < buffer.length) {
    throw new PhpFormatError('more bytes follow the value', reader.position);
  }
  return value;
}

/** `i:0;N;` is the shortest entry: a count that promises more than the bytes left can hold is a lie. */
const shortestEntryBytes = 6;

class Reader extends Cursor {
  private readonly limits: Required<DecodeLimits>;
  /** Every value in order, as references count them. A reference `R` itself is not counted, an `r` is. */
  private readonly slots: (PhpValue | undefined)[] = [];
  /** The payload of a custom object may hold values that count too: from then on a slot can be unknown. */
  private isCountKnown = true;
  private valueCount = 0;

  constructor(bytes: Buffer, limits: Required<DecodeLimits>) {
    super(bytes);
    if (bytes.length > limits.maxBytes) {
      throw new PhpFormatError(
        `${bytes.length} bytes are more than the limit of ${limits.maxBytes}`,
        0,
      );
    }
    this.limits = limits;
  }

  value(depth: number): PhpValue {
    const start = this.position;
    if (++this.valueCount > this.limits.maxValues) {
      throw new PhpFormatError(`more than ${this.limits.maxValues} values`, start);
    }
    const type = this.bytes[this.position++];
    switch (type) {
      case 0x73: // s
        return this.counted(this.string());
      case 0x69: // i
        return this.counted(this.integer());
      case 0x4e: // N
        this.expect(semicolon);
        return this.counted(null);
      case 0x62: // b
        return this.counted(this.boolean());
      case 0x64: // d
        return this.counted(this.float());
      case 0x61: // a
        return this.array(depth);
      case 0x4f: // O
        return this.object(depth);
      case 0x43: // C
        return this.customObject();
      case 0x45: // E
        return this.counted(this.enumCase());
      case 0x72: // r
        return this.reference('r');
      case 0x52: // R
        return this.reference('R');
      case undefined:
        throw this.truncated();
      default:
        throw new PhpFormatError(`unknown type ${nameByte(type)}`, start);
    }
  }

  private counted<T extends PhpValue>(value: T): T {
    this.slots.push(value);
    return value;
  }

  private array(depth: number): PhpArray {
    this.expect(colon);
    const array = this.counted(new PhpArray());
    this.entries(array.entries, depth);
    return array;
  }

  private object(depth: number): PhpObject {
    this.expect(colon);
    const className = this.quoted();
    this.expect(colon);
    const object = this.counted(new PhpObject(className));
    this.entries(object.properties, depth);
    return object;
  }

  private entries(into: PhpEntries, depth: number): void {
    const start = this.position;
    if (depth >= this.limits.maxDepth) {
      throw new PhpFormatError(`nested deeper than ${this.limits.maxDepth}`, start);
    }
    const count = this.length();
    this.expect(openBrace);
    if (count * shortestEntryBytes > this.bytes.length - this.position) {
      throw new PhpFormatError(`${count} entries are announced, but the bytes end before`, start);
    }
    for (let i = 0; i < count; i++) {
      const key = this.key();
      into.push([key, this.value(depth + 1)]);
    }
    this.expect(closeBrace);
  }

  private key(): PhpKey {
    const type = this.bytes[this.position++];
    if (type === 0x73) return this.string();
    if (type === 0x69) return this.integer();
    if (type === undefined) throw this.truncated();
    throw new PhpFormatError(`a key cannot be of type ${nameByte(type)}`, this.position - 1);
  }

  private customObject(): PhpCustomObject {
    this.expect(colon);
    const className = this.quoted();
    this.expect(colon);
    const length = this.length();
    this.expect(openBrace);
    const payload = this.take(length);
    this.expect(closeBrace);
    this.isCountKnown = false;
    return this.counted(new PhpCustomObject(className, payload));
  }

  private enumCase(): PhpEnum {
    const start = this.position;
    this.expect(colon);
    const name = this.quoted();
    this.expect(semicolon);
    const separator = typeof name === 'string' ? name.indexOf(':') : -1;
    if (typeof name !== 'string' || separator < 1 || separator === name.length - 1) {
      throw new PhpFormatError('an enum is written Class:Case', start);
    }
    return new PhpEnum(name.slice(0, separator), name.slice(separator + 1));
  }

  private reference(kind: 'r' | 'R'): PhpReference {
    const start = this.position - 1;
    this.expect(colon);
    const slot = this.digits(semicolon);
    const isThere = slot >= 1 && slot <= this.slots.length;
    if (!isThere && (slot < 1 || this.isCountKnown)) {
      throw new PhpFormatError(`reference to value ${slot}, which does not stand before it`, start);
    }
    const target = this.isCountKnown ? this.slots[slot - 1] : undefined;
    if (kind === 'r' && this.isCountKnown && !isObject(target)) {
      throw new PhpFormatError(`value ${slot} is no object, but r means one`, start);
    }
    const reference = new PhpReference(kind, slot, target);
    // A later reference to this one means what this one means.
    if (kind === 'r') this.slots.push(target);
    return reference;
  }

  private boolean(): boolean {
    this.expect(colon);
    const digit = this.bytes[this.position++];
    if (digit === undefined) throw this.truncated();
    if (digit !== zero && digit !== zero + 1) {
      throw new PhpFormatError('a boolean is 0 or 1', this.position - 1);
    }
    this.expect(semicolon);
    return digit === zero + 1;
  }

  private integer(): number | bigint {
    this.expect(colon);
    const start = this.position;
    const isNegative = this.bytes[this.position] === minus;
    if (isNegative) this.position++;
    const firstDigit = this.position;
    const value = this.digits(semicolon, 19);
    const magnitude =
      this.position - firstDigit <= 16
        ? value
        : narrowInteger(BigInt(this.bytes.toString('latin1', firstDigit, this.position - 1)));
    if (magnitude === 0) return 0;
    const signed = isNegative ? -magnitude : magnitude;
    if (typeof signed === 'bigint' && (signed < smallestInteger || signed > largestInteger)) {
      throw new PhpFormatError('the integer does not fit 64 bits', start);
    }
    return signed;
  }

  private float(): PhpFloat {
    this.expect(colon);
    const start = this.position;
    const end = this.bytes.indexOf(semicolon, start);
    // 1.7976931348623157E+308 has 23 characters; serialize_precision 100 may write some more.
    if (end < 0 || end - start > 400) {
      throw end < 0 ? this.truncated() : new PhpFormatError('the float is too long', start);
    }
    const text = this.bytes.toString('latin1', start, end);
    this.position = end + 1;
    const plain = Number(text);
    if (formatFloat(plain) === text) return new PhpFloat(plain);
    const value = readFloat(text);
    if (value === null) throw new PhpFormatError('the float cannot be read', start);
    return new PhpFloat(value, formatFloat(value) === text ? null : text);
  }

  private string(): string | Buffer {
    this.expect(colon);
    const text = this.quoted();
    this.expect(semicolon);
    return text;
  }
}

function readFloat(text: string): number | null {
  if (text === 'NAN') return NaN;
  if (text === 'INF') return Infinity;
  if (text === '-INF') return -Infinity;
  return /^-?(\d+(\.\d*)?|\.\d+)(E[+-]?\d+)?$/i.test(text) ? Number(text) : null;
}

function isObject(value: PhpValue | undefined): boolean {
  return value instanceof PhpObject || value instanceof PhpEnum || value instanceof PhpCustomObject;
}
