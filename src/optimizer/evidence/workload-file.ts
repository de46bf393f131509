import { readToken, skipBlank, TokenError } from '../sql/tokenize.ts';

/** One statement of a file, with the line on which it begins. */
export interface FileStatement {
  readonly text: string;
  readonly line: number;
}

export interface BrokenStatement extends FileStatement {
  readonly reason: string;
}

/** More than any real workload; the whole file is held in memory. */
export const largestWorkloadBytes = 16 * 1024 * 1024;

/**
 * Splits a workload file: statements end with a semicolon, or with the line where the file has no semicolon at all.
 * Comments, quotes and their semicolons are read as the server reads them. A statement that cannot be read ends
 * with its line, and is returned as broken; the rest is used.
 */
export function splitWorkload(text: string): {
  statements: FileStatement[];
  broken: BrokenStatement[];
} {
  const source = text.replace(/^\ufeff/, '');
  return hasSemicolon(source) ? splitAtSemicolons(source) : splitAtLines(source);
}

function hasSemicolon(source: string): boolean {
  for (let at = 0; at < source.length;) {
    const { hasSign, next } = scan(source, at, ';');
    if (hasSign) return true;
    at = next;
  }
  return false;
}

function splitAtLines(source: string): { statements: FileStatement[]; broken: BrokenStatement[] } {
  const lines = source.split(/\r?\n/).map((line, i) => ({ text: line.trim(), line: i + 1 }));
  const result = { statements: [] as FileStatement[], broken: [] as BrokenStatement[] };
  for (const entry of lines) {
    const { start, failure } = scan(entry.text, 0, null);
    if (failure !== null) result.broken.push({ ...entry, reason: failure });
    else if (start !== null) result.statements.push(entry);
  }
  return result;
}

function splitAtSemicolons(source: string): {
  statements: FileStatement[];
  broken: BrokenStatement[];
} {
  const result = { statements: [] as FileStatement[], broken: [] as BrokenStatement[] };
  const lineOf = lineCounter(source);
  let at = 0;
  while (at < source.length) {
    const found = scan(source, at, ';');
    if (found.start === null) break;
    const entry = {
      text: source.slice(found.start, found.end).trim(),
      line: lineOf(found.start),
    };
    if (found.failure === null) result.statements.push(entry);
    else result.broken.push({ ...entry, reason: found.failure });
    at = found.next;
  }
  return result;
}

interface Scanned {
  /** Offset of the first token; null when there is none. */
  start: number | null;
  end: number;
  /** Where to go on. */
  next: number;
  /** The sign stood in it. */
  hasSign: boolean;
  failure: string | null;
}

/** Reads tokens up to a sign, or to the end. */
function scan(source: string, from: number, sign: string | null): Scanned {
  let at = from;
  let start: number | null = null;
  let hasSign = false;
  try {
    while (at < source.length) {
      const blank = skipBlank(source, at);
      if (blank > at) {
        at = blank;
        continue;
      }
      const token = readToken(source, at);
      if (token.kind === 'punctuation' && token.text === sign) {
        hasSign = true;
        // An empty statement is none.
        if (start !== null) return { start, end: at, next: token.end, hasSign, failure: null };
      } else start ??= at;
      at = token.end;
    }
    return { start, end: source.length, next: source.length, hasSign, failure: null };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const lineEnd = source.indexOf('\n', error.offset);
    const next = lineEnd < 0 ? source.length : lineEnd + 1;
    return { start: start ?? at, end: next, next, hasSign, failure: error.message };
  }
}

/** Line numbers of growing offsets, in one pass over the text. */
function lineCounter(source: string): (offset: number) => number {
  let line = 1;
  let counted = 0;
  return (offset) => {
    for (; counted < offset; counted += 1) if (source.charCodeAt(counted) === 10) line += 1;
    return line;
  };
}
