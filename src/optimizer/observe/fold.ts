import { createHash } from 'node:crypto';
import { samplesOfOneForm } from '../evidence/collection.ts';
import { fingerprint } from '../evidence/statements.ts';
import { tokenize, TokenError } from '../sql/tokenize.ts';

/** A statement that was running when the list of threads was read. */
export interface Running {
  readonly thread: number;
  readonly text: string;
  /** The server's number of the execution; null where it has none. */
  readonly queryId: number | null;
  /** Seconds that it has been running, as far as the server tells. */
  readonly seconds: number;
}

/** Statements that differ by their values alone, as they were seen running. */
export interface ObservedForm {
  /** Their text without values. */
  readonly form: string;
  /** A SELECT: what a plan can judge. */
  readonly isRead: boolean;
  /** The first few different ones, with their values. */
  readonly statements: string[];
  /** How often one of them was running when the list was read. */
  samples: number;
  /** Different executions among those; without the server's number at least so many. */
  executions: number;
  /** Estimated: each sample stands for the time since the one before. */
  totalMs: number;
  readonly firstSeen: Date;
  lastSeen: Date;
}

/** The server cuts longer texts here, on MariaDB and MySQL alike; the cut one would be another statement. */
const cutAtBytes = 65_535;

const most = { forms: 5000 };

/** Puts samples of running statements together by form. */
export class ObservedFold {
  readonly forms = new Map<string, ObservedForm>();
  /** Samples of statements whose end was cut off, or that cannot be read. */
  cut = 0;
  unreadable = 0;
  beyond = 0;
  /** What ran at the sample before, by thread. */
  #before = new Map<number, Running>();

  /** @param sinceMs time since the sample before: what each of these statements is taken to have run */
  add(running: readonly Running[], sinceMs: number, at: Date): void {
    for (const one of running) this.#addOne(one, sinceMs, at);
    this.#before = new Map(running.map((one) => [one.thread, one]));
  }

  /** Those that took the most time first. */
  ranked(): ObservedForm[] {
    return [...this.forms.values()].sort((a, b) => b.totalMs - a.totalMs);
  }

  #addOne(one: Running, sinceMs: number, at: Date): void {
    if (Buffer.byteLength(one.text) >= cutAtBytes - 3) {
      this.cut += 1;
      return;
    }
    const form = formOf(one.text);
    if (form === null) {
      this.unreadable += 1;
      return;
    }
    const isNew = !isSameExecution(this.#before.get(one.thread), one);
    const known = this.forms.get(form);
    if (!known) {
      if (this.forms.size >= most.forms) {
        this.beyond += 1;
        return;
      }
      this.forms.set(form, {
        form,
        isRead: /^[( ]*(?:select|with) /.test(form),
        statements: [one.text],
        samples: 1,
        executions: 1,
        totalMs: sinceMs,
        firstSeen: at,
        lastSeen: at,
      });
      return;
    }
    known.samples += 1;
    known.executions += isNew ? 1 : 0;
    known.totalMs += sinceMs;
    known.lastSeen = at;
    const isOther = !known.statements.includes(one.text);
    if (isOther && known.statements.length < samplesOfOneForm) known.statements.push(one.text);
  }
}

/** Without a number, the same text on the same thread whose time has not gone back is taken for the same execution. */
function isSameExecution(before: Running | undefined, now: Running): boolean {
  if (!before) return false;
  if (before.queryId !== null || now.queryId !== null) return before.queryId === now.queryId;
  return before.text === now.text && now.seconds >= before.seconds;
}

/** null for what cannot be read as SQL. */
function formOf(text: string): string | null {
  try {
    return fingerprint(tokenize(text));
  } catch (error) {
    if (error instanceof TokenError) return null;
    throw error;
  }
}

/** A short name for a form, the same in every run. */
export function formId(form: string): string {
  return createHash('sha256').update(form).digest('hex');
}
