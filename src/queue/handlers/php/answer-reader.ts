/** Longer than any answer of our loop script, whose results are cut. */
const longestAnswerBytes = 8 * 1024 ** 2;

const lineFeed = 0x0a;

export interface AnswerReaderOptions {
  /** What a handler cannot know: an answer stands on a line of its own behind `@` and this word. */
  word: string;
  onAnswer: (text: string) => void;
  /** What the handler printed. */
  onPrinted: (bytes: Buffer) => void;
  /** An answer without end. */
  onTooLong: () => void;
  longestBytes?: number;
}

/** Takes the standard output of a job process apart: the answers, and what its handler prints. */
export class AnswerReader {
  readonly #options: AnswerReaderOptions;
  readonly #marker: Buffer;
  readonly #longestBytes: number;
  /** What may be the start of a marker. */
  #held: Buffer = Buffer.alloc(0);
  /** The answer that has begun, in pieces without a line feed. */
  #answer: Buffer[] | null = null;
  #answerBytes = 0;

  constructor(options: AnswerReaderOptions) {
    this.#options = options;
    this.#marker = Buffer.from(`\n@${options.word} `);
    this.#longestBytes = options.longestBytes ?? longestAnswerBytes;
  }

  add(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.#answer ? this.#addToAnswer(this.#answer, rest) : this.#addPrinted(rest);
    }
  }

  /** Nothing more comes: hands over what was held back. */
  end(): void {
    this.#print(this.#held);
    this.#held = Buffer.alloc(0);
  }

  /** @returns what stands behind the answer */
  #addToAnswer(pieces: Buffer[], bytes: Buffer): Buffer {
    const end = bytes.indexOf(lineFeed);
    const piece = end === -1 ? bytes : bytes.subarray(0, end);
    pieces.push(piece);
    this.#answerBytes += piece.length;
    const isTooLong = this.#answerBytes > this.#longestBytes;
    if (end === -1 && !isTooLong) return Buffer.alloc(0);
    this.#answer = null;
    this.#answerBytes = 0;
    if (isTooLong) this.#options.onTooLong();
    else this.#options.onAnswer(Buffer.concat(pieces).toString('utf8'));
    return bytes.subarray(end === -1 ? bytes.length : end + 1);
  }

  /** @returns what stands behind the start of an answer */
  #addPrinted(bytes: Buffer): Buffer {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = Buffer.alloc(0);
    const at = all.indexOf(this.#marker);
    if (at !== -1) {
      this.#print(all.subarray(0, at));
      this.#answer = [];
      return all.subarray(at + this.#marker.length);
    }
    // The marker may be cut in two: only what may be its start is held back.
    const start = all.indexOf(lineFeed, Math.max(0, all.length - this.#marker.length + 1));
    const end = start === -1 ? all.length : start;
    this.#print(all.subarray(0, end));
    this.#held = all.subarray(end);
    return Buffer.alloc(0);
  }

  #print(bytes: Buffer): void {
    if (bytes.length > 0) this.#options.onPrinted(bytes);
  }
}
