import { ScalectlError } from '../../errors.ts';

/**
 * A value of PHP as data. Integers are `number`, or `bigint` where a number would lose digits; floats are PhpFloat,
 * because 1 and 1.0 differ in PHP. A string is text where its bytes are UTF-8, else a Buffer.
 */
export type PhpValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Buffer
  | PhpFloat
  | PhpArray
  | PhpObject
  | PhpCustomObject
  | PhpEnum
  | PhpReference;

/** Integer keys and string keys stay apart: `1` is not `'1'`. */
export type PhpKey = number | bigint | string | Buffer;

/** In the order in which PHP holds them. */
export type PhpEntries = [key: PhpKey, value: PhpValue][];

export class PhpFloat {
  readonly value: number;
  /** How the bytes spelled it, where that is not how PHP 8 would: an older serialize_precision. */
  readonly text: string | null;

  constructor(value: number, text: string | null = null) {
    this.value = value;
    this.text = text;
  }
}

export class PhpArray {
  readonly entries: PhpEntries;

  constructor(entries: PhpEntries = []) {
    this.entries = entries;
  }

  /** The value under a key, undefined without one. */
  get(key: PhpKey): PhpValue | undefined {
    return this.entries.find(([name]) => name === key)?.[1];
  }
}

/** Only data: nothing of the class is ever loaded or run. */
export class PhpObject {
  readonly className: string | Buffer;
  /** Under PHP's own names: private ones are `\0Class\0name`, protected ones `\0*\0name`. */
  readonly properties: PhpEntries;

  constructor(className: string | Buffer, properties: PhpEntries = []) {
    this.className = className;
    this.properties = properties;
  }
}

/** An object of a class with its own serialize(): only that class can read the payload. */
export class PhpCustomObject {
  readonly className: string | Buffer;
  readonly payload: Buffer;

  constructor(className: string | Buffer, payload: Buffer) {
    this.className = className;
    this.payload = payload;
  }
}

export class PhpEnum {
  readonly className: string;
  readonly caseName: string;

  constructor(className: string, caseName: string) {
    this.className = className;
    this.caseName = caseName;
  }
}

/**
 * A value that stands elsewhere in the same data too: `r` is the same object, `R` a PHP reference (`&`).
 * Kept as a pointer, never unfolded: data that contains itself would have no end.
 */
export class PhpReference {
  readonly kind: 'r' | 'R';
  /** Number of the value meant, counted from 1 in the order of the bytes. */
  readonly slot: number;
  /** The value meant; undefined where it may lie in the payload of a custom object. */
  readonly target: PhpValue | undefined;

  constructor(kind: 'r' | 'R', slot: number, target: PhpValue | undefined) {
    this.kind = kind;
    this.slot = slot;
    this.target = target;
  }
}

/** The bytes are not what PHP's serialize() writes, or go beyond a limit. */
export class PhpFormatError extends ScalectlError {
  /** Where in the bytes. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super('input-invalid', `no PHP-serialized value: ${message} (at byte ${offset})`);
    this.name = 'PhpFormatError';
    this.offset = offset;
  }
}

export interface PropertyName {
  name: PhpKey;
  visibility: 'public' | 'protected' | 'private';
  /** The class whose private property it is. */
  declaredIn: string | Buffer | null;
}

/** Takes the visibility out of a property's name as PHP mangles it. */
export function readPropertyName(key: PhpKey): PropertyName {
  const plain: PropertyName = {
    name: key,
    visibility: 'public',
    declaredIn: null,
  };
  const parts = typeof key === 'string' ? splitMangled(key) : splitMangledBytes(key);
  if (!parts) return plain;
  return parts.owner === '*'
    ? { name: parts.name, visibility: 'protected', declaredIn: null }
    : { name: parts.name, visibility: 'private', declaredIn: parts.owner };
}

function splitMangled(key: string): { owner: string; name: string } | null {
  const end = key.startsWith('\0') ? key.indexOf('\0', 1) : -1;
  return end < 0 ? null : { owner: key.slice(1, end), name: key.slice(end + 1) };
}

function splitMangledBytes(key: PhpKey): { owner: string | Buffer; name: string | Buffer } | null {
  if (!Buffer.isBuffer(key) || key[0] !== 0) return null;
  const end = key.indexOf(0, 1);
  return end < 0
    ? null
    : { owner: textOrBytes(key.subarray(1, end)), name: textOrBytes(key.subarray(end + 1)) };
}

function textOrBytes(bytes: Buffer): string | Buffer {
  const text = bytes.toString('utf8');
  return Buffer.byteLength(text) === bytes.length && Buffer.from(text).equals(bytes) ? text : bytes;
}
