import { samplesOfOneForm } from '../collection.ts';
import { isNoWorkload } from '../not-workload.ts';
import type { SlowLogEntry } from './entries.ts';

/** Statements of a slow log that differ by their values alone. */
export interface SlowLogForm {
  count: number;
  totalMs: number;
  /** False when the log named no database for one of them. */
  isDatabaseKnown: boolean;
  /** Those that took the longest. */
  readonly samples: SlowLogSample[];
}

export interface SlowLogSample {
  readonly text: string;
  readonly line: number | null;
  readonly durationMs: number;
}

/** What is kept of a statement that cannot be used. */
export interface UnusableEntry {
  readonly text: string;
  readonly line: number | null;
  readonly reason: string;
}

/** More forms and more text than any real workload has: a log of gigabytes must fit a small host. */
const most = { forms: 5000, sampleCharacters: 16 * 1024 * 1024, unusable: 20 };

/** Counts the entries of one database by form; what is kept does not grow with the log. */
export class SlowLogFold {
  readonly forms = new Map<string, SlowLogForm>();
  readonly unusable: UnusableEntry[] = [];
  entries = 0;
  otherDatabases = 0;
  writes = 0;
  /** Entries whose form is beyond the most that are kept. */
  beyond = 0;
  moreUnusable = 0;
  firstAt = Infinity;
  lastAt = -Infinity;
  readonly #database: string;
  #characters = 0;

  constructor(database: string) {
    this.#database = database.toLowerCase();
  }

  add(entry: SlowLogEntry): void {
    this.entries += 1;
    const { text, durationMs, at, database, line } = entry;
    if (database !== null && database.toLowerCase() !== this.#database) {
      this.otherDatabases += 1;
      return;
    }
    if (isNoWorkload(text)) return;
    if (at !== null) {
      this.firstAt = Math.min(this.firstAt, at);
      this.lastAt = Math.max(this.lastAt, at);
    }
    if (entry.state !== 'whole') this.#refuse(entry);
    else if (isRead.test(text)) {
      this.#count(text, {
        count: 1,
        totalMs: durationMs,
        isDatabaseKnown: database !== null,
        samples: [{ text, line, durationMs }],
      });
    } else if (isWrite.test(text)) this.writes += 1;
  }

  /** From the first to the last entry; null without a time in the log. */
  get windowMs(): number | null {
    return this.lastAt >= this.firstAt ? this.lastAt - this.firstAt : null;
  }

  #refuse({ text, line, state }: SlowLogEntry): void {
    if (this.unusable.length >= most.unusable) {
      this.moreUnusable += 1;
      return;
    }
    const reason =
      state === 'torn'
        ? 'the log breaks off within it'
        : 'it is longer than 64 KB, and was not read';
    this.unusable.push({ text: text.slice(0, 1000), line, reason });
  }

  #count(text: string, entry: SlowLogForm): void {
    const key = roughForm(text);
    const form = this.forms.get(key);
    if (!form) {
      const isFull =
        this.forms.size >= most.forms || this.#characters + text.length > most.sampleCharacters;
      if (isFull) {
        this.beyond += 1;
        return;
      }
      this.#characters += text.length + key.length;
      this.forms.set(key, entry);
      return;
    }
    form.count += entry.count;
    form.totalMs += entry.totalMs;
    form.isDatabaseKnown &&= entry.isDatabaseKnown;
    const [sample] = entry.samples;
    if (sample) this.#keepSlowest(form.samples, sample);
  }

  #keepSlowest(samples: SlowLogSample[], sample: SlowLogSample): void {
    const fastest = samples.reduce((a, b) => (b.durationMs < a.durationMs ? b : a));
    const isFull = samples.length >= samplesOfOneForm;
    if (isFull && sample.durationMs <= fastest.durationMs) return;
    if (samples.some(({ text }) => text === sample.text)) return;
    const replaced = isFull ? fastest.text.length : 0;
    if (this.#characters - replaced + sample.text.length > most.sampleCharacters) return;
    this.#characters += sample.text.length - replaced;
    if (isFull) samples.splice(samples.indexOf(fastest), 1);
    samples.push(sample);
  }
}

const isRead = /^(?:\s|\(|\/\*[^]*?\*\/)*(?:SELECT|WITH)\b/i;
const isWrite = /^(?:\s|\/\*[^]*?\*\/)*(?:INSERT|UPDATE|DELETE|REPLACE)\b/i;

/** Strings, numbers, comments and blanks: what statements of one form may differ in. */
const varying =
  /'[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"|\/\*[^]*?\*\/|\b\d[\w.]*|\s+/g;

/**
 * Much faster than reading tokens, and at most too fine: forms that are the same after all are put together when
 * their samples are read.
 */
function roughForm(text: string): string {
  return text
    .replace(varying, (match) => (/^[\s/]/.test(match) ? ' ' : '?'))
    .replace(/\?(?: ?,? ?\?)+/g, '?')
    .toLowerCase();
}
