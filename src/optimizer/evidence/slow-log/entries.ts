import type { LogLine } from './lines.ts';

/** One statement of a slow log. */
export interface SlowLogEntry {
  readonly text: string;
  /** Line on which the statement begins; null in a table. */
  readonly line: number | null;
  readonly durationMs: number;
  /** When it ended, as milliseconds since 1970; null when the log does not tell. */
  readonly at: number | null;
  /** null when the log has not named one yet. */
  readonly database: string | null;
  /** `torn`: the log ends, or another entry begins, within it. `too-long`: only its beginning was read. */
  readonly state: 'whole' | 'torn' | 'too-long';
}

/** Longer ones are lists of values, which no index helps; their beginning would be another statement. */
export const longestStatement = 64 * 1024;

const startOfEntry = /^# (?:Time: \d|User@Host: .*\[.*\] ?@ )/;
/** What a server writes when it opens the log. */
const banner = /^(?:.*, Version: .* started with:|Tcp port: .*|Time\s+Id\s+Command\s+Argument)$/;

/**
 * Reads the slow logs of MariaDB, MySQL and Percona Server line by line. Their headers differ in what they tell
 * beside the time; `use` and `SET timestamp` stand before a statement where they changed. A database is named by the
 * entry itself (`Schema:`), or else by the last `use` of the log.
 */
export class SlowLogEntries {
  /** Lines that belong to no entry. */
  strayLines = 0;
  readonly #onEntry: (entry: SlowLogEntry) => void;
  #database: string | null = null;
  #headerTime: number | null = null;
  #header = emptyHeader();
  #statement: Statement | null = null;

  constructor(onEntry: (entry: SlowLogEntry) => void) {
    this.#onEntry = onEntry;
  }

  add(line: LogLine): void {
    const { text } = line;
    if (this.#statement) {
      if (startOfEntry.test(text)) this.#finish();
      else if (banner.test(text)) this.#finish();
      else if (this.#statement.isEnded && /^# (?:Query_time|Thread_id|Schema): /.test(text)) {
        this.#finish();
      } else {
        this.#append(this.#statement, line);
        return;
      }
    }
    if (banner.test(text)) {
      // A server that starts anew names the database again.
      this.#database = null;
    } else if (text.startsWith('#')) this.#readHeader(text);
    else if (text !== '') this.#begin(line);
  }

  /** The log has ended. */
  end(): void {
    if (this.#statement) this.#finish();
  }

  #readHeader(text: string): void {
    // What was told before belongs to an entry without a statement, such as an administrator's command.
    if (text.startsWith('# User@Host: ')) this.#header = emptyHeader();
    const time = /^# Time: (.+)$/.exec(text)?.[1];
    if (time !== undefined) this.#headerTime = readTime(time);
    const duration = /^# Query_time: ([\d.]+)/.exec(text)?.[1];
    if (duration !== undefined) this.#header.durationMs = Number(duration) * 1000;
    // An empty name is followed by the next field at once.
    const schema = /(?:^#|\s)\s*Schema: (\S*)(?=\s|$)/.exec(text)?.[1];
    if (schema !== undefined && schema !== '' && !schema.endsWith(':')) {
      this.#header.database = schema;
    }
  }

  #begin(line: LogLine): void {
    const use = /^use `?(.+?)`?;$/i.exec(line.text)?.[1];
    if (use !== undefined) {
      this.#database = use.replaceAll('``', '`');
      return;
    }
    const timestamp = /^SET (?:\w+=\d+,)*timestamp=(\d+)(?:\.\d+)?(?:,\w+=\d+)*;$/i.exec(
      line.text,
    )?.[1];
    if (timestamp !== undefined) {
      this.#header.at = Number(timestamp) * 1000;
      return;
    }
    if (this.#header.durationMs === null) {
      this.strayLines += 1;
      return;
    }
    this.#statement = { line: line.number, parts: [], length: 0, isEnded: false, isCut: false };
    this.#append(this.#statement, line);
  }

  #append(statement: Statement, { text, isCut }: LogLine): void {
    statement.isEnded = !isCut && text.trimEnd().endsWith(';');
    statement.length += text.length + 1;
    statement.isCut ||= isCut || statement.length > longestStatement;
    if (!statement.isCut || statement.parts.length === 0) {
      statement.parts.push(text.slice(0, longestStatement));
    }
  }

  #finish(): void {
    const { durationMs, at, database } = this.#header;
    const statement = this.#statement;
    this.#header = emptyHeader();
    this.#statement = null;
    if (!statement || durationMs === null) return;
    this.#onEntry({
      text: statement.parts.join('\n').replace(/\s*;\s*$/, ''),
      line: statement.line,
      durationMs,
      at: at ?? this.#headerTime,
      database: database ?? this.#database,
      // A statement that is too long may well be torn: its end was not looked at.
      state: statement.isCut ? 'too-long' : statement.isEnded ? 'whole' : 'torn',
    });
  }
}

interface Header {
  durationMs: number | null;
  at: number | null;
  database: string | null;
}

interface Statement {
  readonly line: number;
  readonly parts: string[];
  length: number;
  isEnded: boolean;
  isCut: boolean;
}

function emptyHeader(): Header {
  return { durationMs: null, at: null, database: null };
}

/** `2026-11-24T10:00:00.123456Z` of MySQL. MariaDB's `261124 10:00:00` has no time zone, and is left to SET timestamp. */
function readTime(text: string): number | null {
  const at = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : at;
}
