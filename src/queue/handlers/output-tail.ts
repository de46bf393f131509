/** Keeps the end of a stream in bounded memory, however much a handler writes. */
export class OutputTail {
  readonly #limitBytes: number;
  #chunks: Buffer[] = [];
  #keptBytes = 0;
  #totalBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  add(chunk: Buffer): void {
    this.#totalBytes += chunk.length;
    this.#chunks.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#keptBytes > 4 * this.#limitBytes) this.#cut();
  }

  /** The kept text without the white space around it; null when there is none. Bytes that are no UTF-8 become U+FFFD. */
  text(): string | null {
    this.#cut();
    // A cut in the middle of a character leaves continuation bytes at the start.
    const kept = Buffer.concat(this.#chunks);
    let start = 0;
    if (this.#totalBytes > kept.length) {
      while (start < 3 && ((kept[start] ?? 0) & 0xc0) === 0x80) start += 1;
    }
    const text = kept.toString('utf8', start).trim();
    if (text === '') return null;
    return this.#totalBytes > this.#limitBytes ? `… ${text}` : text;
  }

  #cut(): void {
    const kept = Buffer.concat(this.#chunks).subarray(-this.#limitBytes);
    this.#chunks = [kept];
    this.#keptBytes = kept.length;
  }
}
