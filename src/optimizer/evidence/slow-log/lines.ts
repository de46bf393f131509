/** A line of a log, without its line end. */
export interface LogLine {
  readonly number: number;
  /** At most `longestLine` characters of it. */
  readonly text: string;
  /** The line went on: its end is not here. */
  readonly isCut: boolean;
}

/** A bulk INSERT may stand on one line of many megabytes; no statement that is judged is so long. */
export const longestLine = 256 * 1024;

/**
 * Splits a stream of text into lines without ever holding more than one piece and one line of it.
 * @returns the lines of each piece together, so that a log of gigabytes does not wait for each line
 */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<LogLine[]> {
  let number = 0;
  let rest = '';
  let isCut = false;
  const keep = (text: string): void => {
    rest += text.slice(0, longestLine - rest.length);
    isCut ||= rest.length === longestLine && text !== '';
  };
  const take = (): LogLine => {
    const text = rest.endsWith('\r') ? rest.slice(0, -1) : rest;
    number += 1;
    const line = { number, text, isCut };
    rest = '';
    isCut = false;
    return line;
  };
  for await (const piece of pieces) {
    const lines: LogLine[] = [];
    let from = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      keep(piece.slice(from, end));
      lines.push(take());
      from = end + 1;
    }
    keep(piece.slice(from));
    yield lines;
  }
  if (rest !== '') yield [take()];
}
