import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib';

/** Enough to hold PHP's last words below a page that it could not finish. */
const tailBytes = 512;
/** A compressed body may unfold to a thousand times its size. */
const decodedLimitBytes = 8 * 1024 * 1024;

/** The beginning and the end of a body: an answer is judged by them, the rest is only counted. */
export class BodySample {
  /** Of the whole body, as sent. */
  sizeBytes = 0;
  #keepBytes: number;
  #kept: Buffer | null = null;
  #tail: Buffer | null = null;

  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
  }

  get isWhole(): boolean {
    return this.sizeBytes <= this.#keepBytes;
  }

  /** Copies what is wanted: the bytes belong to a buffer that is used again. */
  append(bytes: Buffer, start: number, end: number): void {
    const room = this.#keepBytes - (this.#kept?.length ?? 0);
    this.sizeBytes += end - start;
    if (this.#keepBytes === 0) return;
    if (room > 0)
      this.#kept = joined(this.#kept, bytes.subarray(start, Math.min(end, start + room)));
    const beyond = Math.max(start + Math.max(room, 0), end - tailBytes);
    if (beyond < end) {
      const tail = joined(this.#tail, bytes.subarray(beyond, end));
      this.#tail = tail.length > tailBytes ? Buffer.from(tail.subarray(-tailBytes)) : tail;
    }
  }

  /**
   * The kept beginning as text, and after a line feed the end where the body is longer. Of a compressed body only
   * the beginning; null when it cannot be unfolded.
   */
  text(encoding: string | null): string | null {
    const kept = this.#kept ?? Buffer.alloc(0);
    if (encoding === null) {
      const beginning = kept.toString('utf8');
      return this.#tail ? `${beginning}\n${this.#tail.toString('utf8')}` : beginning;
    }
    return decode(kept, encoding);
  }
}

function joined(first: Buffer | null, second: Buffer): Buffer {
  return first ? Buffer.concat([first, second]) : Buffer.from(second);
}

/** A flush instead of an end takes a body that was cut after its beginning. */
function decode(bytes: Buffer, encoding: string): string | null {
  const maxOutputLength = decodedLimitBytes;
  const cut = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength };
  try {
    switch (encoding) {
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(bytes, cut).toString('utf8');
      case 'deflate':
        return inflateSync(bytes, cut).toString('utf8');
      case 'br':
        return brotliDecompressSync(bytes, {
          finishFlush: constants.BROTLI_OPERATION_FLUSH,
          maxOutputLength,
        }).toString('utf8');
      default:
        return null;
    }
  } catch {
    // Broken or far too large: the caller counts it as a body that cannot be read.
    return null;
  }
}
