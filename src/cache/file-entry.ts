import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { decodePhp } from './php/decode.ts';
import { encodePhp } from './php/encode.ts';
import { PhpArray, PhpFloat, PhpFormatError } from './php/value.ts';
import type { PhpKey, PhpValue } from './php/value.ts';

/** Larger files are not read into memory. */
const largestEntryBytes = 64 * 1024 ** 2;

/** How the platform writes "for ever": it has no word for it, so this is the end of the year 9999. */
const neverExpires = 253_402_300_799;

export interface FileEntry {
  /** The bytes of the value alone, in PHP's format. */
  bytes: Buffer;
  value: PhpValue;
  /** When it expires, in Unix milliseconds; null: never. */
  expiresAt: number | null;
  sizeBytes: number;
}

export type EntryFile =
  | { state: 'entry'; entry: FileEntry }
  /** Written only in part, or by something else. */
  | { state: 'torn'; reason: string; sizeBytes: number }
  /** A link, a folder, a device: not read. */
  | { state: 'foreign' }
  | { state: 'missing' };

/** Reads one cache file. Symbolic links are never followed, not even when one is put there meanwhile. */
export async function readEntryFile(file: string): Promise<EntryFile> {
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | noFollow | nonBlocking);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { state: 'missing' };
    // Linux says ELOOP for a link, BSD EMLINK, and ENXIO stands for a socket.
    if (code === 'ELOOP' || code === 'EMLINK' || code === 'ENXIO') return { state: 'foreign' };
    throw error;
  }
  try {
    const { size } = await handle.stat().then((stats) => (stats.isFile() ? stats : { size: -1 }));
    if (size < 0) return { state: 'foreign' };
    if (size > largestEntryBytes) {
      return { state: 'torn', reason: `larger than ${largestEntryBytes} bytes`, sizeBytes: size };
    }
    return parseEntry(await handle.readFile());
  } finally {
    await handle.close();
  }
}

// Neither exists on Windows, where links need a privilege to be made.
const noFollow = (constants.O_NOFOLLOW as number | undefined) ?? 0;
/** A named pipe would otherwise block until somebody writes to it. */
const nonBlocking = (constants.O_NONBLOCK as number | undefined) ?? 0;

/** The platform's array {value, expires, created}. */
export function parseEntry(bytes: Buffer): EntryFile {
  const torn = (reason: string): EntryFile => ({ state: 'torn', reason, sizeBytes: bytes.length });
  let whole: PhpValue;
  try {
    whole = decodePhp(bytes);
  } catch (error) {
    if (!(error instanceof PhpFormatError)) throw error;
    return torn(bytes.length === 0 ? 'empty' : error.message);
  }
  if (!(whole instanceof PhpArray)) return torn('not the array that the platform writes');
  const at = whole.entries.findIndex(([key]) => key === 'value');
  const value = whole.entries[at]?.[1];
  const expires = seconds(whole.get('expires'));
  if (value === undefined || expires === null) return torn('without value or expiry');
  return {
    state: 'entry',
    entry: {
      // The array itself and the entries before take a number each: what the value refers to counts from there.
      bytes: encodePhp(value, { slotOffset: -(1 + at) }),
      value,
      expiresAt: expires >= neverExpires ? null : expires * 1000,
      sizeBytes: bytes.length,
    },
  };
}

/** The bytes of a cache file for a value in PHP's format. */
export function formatEntry(value: Buffer, ttlMs: number | null, nowMs: number): Buffer {
  const now = Math.floor(nowMs / 1000);
  // Whole seconds, rounded up: an entry must not be gone before its time.
  const expires = ttlMs === null ? neverExpires : Math.ceil((nowMs + ttlMs) / 1000);
  const moved = encodePhp(decodePhp(value), { slotOffset: 1 });
  return Buffer.concat([
    Buffer.from('a:3:{s:5:"value";'),
    moved,
    Buffer.from(`s:7:"expires";i:${expires};s:7:"created";i:${now};}`),
  ]);
}

function seconds(value: PhpValue | undefined): number | null {
  if (typeof value === 'number') return value;
  return value instanceof PhpFloat && Number.isFinite(value.value) ? value.value : null;
}

/**
 * What an entry is, where it is no cache: the file name does not tell, the value's shape does. Rate limits are
 * {count, reset_time}, jobs have id, type and status.
 */
export function protectedKind(value: PhpValue): 'rate limit' | 'job' | null {
  if (!(value instanceof PhpArray)) return null;
  const keys = new Set<PhpKey>(value.entries.map(([key]) => key));
  if (keys.size === 2 && keys.has('count') && keys.has('reset_time')) return 'rate limit';
  return ['id', 'type', 'status', 'attempts'].every((key) => keys.has(key)) ? 'job' : null;
}
