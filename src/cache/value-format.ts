import { isUtf8 } from 'node:buffer';
import { ScalectlError } from '../errors.ts';
import { decodePhp } from './php/decode.ts';
import { encodePhp } from './php/encode.ts';
import { jsonToPhp } from './php/from-json.ts';
import { phpToJson } from './php/to-json.ts';
import type { Json } from './php/to-json.ts';
import { PhpFormatError } from './php/value.ts';

/** How a value is written in the cache. */
export type ValueFormat = 'php' | 'json' | 'text' | 'binary';

export interface DecodedValue {
  encoding: ValueFormat;
  value: Json;
}

/** Reads a value by what its bytes are. Bytes that are no text are `{"$base64"}`. */
export function decodeValue(bytes: Buffer): DecodedValue {
  if (looksLikePhp(bytes)) {
    try {
      return { encoding: 'php', value: phpToJson(decodePhp(bytes)) };
    } catch (error) {
      // It only began like it: then it is what follows.
      if (!(error instanceof PhpFormatError)) throw error;
    }
  }
  if (!isUtf8(bytes)) return { encoding: 'binary', value: { $base64: bytes.toString('base64') } };
  const text = bytes.toString('utf8');
  return readJson(text) ?? { encoding: 'text', value: text };
}

/** The beginning of a value that is too long to be read whole; a character that is cut through is left out. */
export function decodeBeginning(bytes: Buffer): DecodedValue {
  const encoding = looksLikePhp(bytes) ? 'php' : null;
  for (let cut = 0; cut < 4; cut++) {
    const whole = bytes.subarray(0, bytes.length - cut);
    if (isUtf8(whole)) return { encoding: encoding ?? 'text', value: whole.toString('utf8') };
  }
  return { encoding: encoding ?? 'binary', value: { $base64: bytes.toString('base64') } };
}

/**
 * The bytes of a value in a format.
 * @param value as decodeValue gives it
 * @throws ScalectlError `input-invalid` for a value that the format cannot hold
 */
export function encodeValue(value: Json, format: ValueFormat): Buffer {
  switch (format) {
    case 'php':
      return encodePhp(jsonToPhp(value));
    case 'json':
      return Buffer.from(JSON.stringify(value));
    case 'text':
    case 'binary':
      return plainBytes(value);
  }
}

function plainBytes(value: Json): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  if (typeof value === 'object' && value !== null) {
    const bytes = jsonToPhp(value);
    if (Buffer.isBuffer(bytes)) return bytes;
  }
  if (typeof value === 'number' || typeof value === 'boolean') return Buffer.from(String(value));
  throw new ScalectlError(
    'input-invalid',
    'the key holds plain text; a structure has no form there',
    {
      hint: 'Say how it is to be written: --format php or --format json',
    },
  );
}

/** Every type of serialize() is a letter before a colon; null is `N;`. */
function looksLikePhp(bytes: Buffer): boolean {
  if (bytes.length < 2) return false;
  const [letter = 0, next] = bytes;
  return letter === 0x4e
    ? next === 0x3b
    : next === 0x3a && 'sibdaOCE'.includes(String.fromCharCode(letter));
}

/** Only objects and arrays: a bare number or word in a cache is text. */
function readJson(text: string): DecodedValue | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    const value = JSON.parse(text) as Json;
    // A number of so many digits would be rounded: then the text itself is the truth.
    return { encoding: 'json', value: /\d{16}/.test(text) ? text : value };
  } catch {
    // Not JSON after all, and not ours to complain about: it is shown as text.
    return null;
  }
}
