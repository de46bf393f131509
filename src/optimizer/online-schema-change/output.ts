/** How far a copy is. */
export interface CopyProgress {
  readonly percent: number;
  /** Seconds, by the tool's estimate. */
  readonly remainingSeconds: number;
}

/** A line such as `Copying `shop`.`orders`:  45% 01:10 remain`; null for any other. */
export function readProgress(line: string): CopyProgress | null {
  const match = /^Copying .*:\s+(\d+)% (?:(\d+)\+)?((?:\d+:)+\d+) remain$/.exec(line.trim());
  if (!match) return null;
  const [, percent = '0', days = '0', time = '0'] = match;
  const seconds = time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return { percent: Number(percent), remainingSeconds: Number(days) * 86_400 + seconds };
}

/**
 * What went wrong, in one sentence, from the lines that the tool wrote last: its own error, without the statement
 * and the place in the script.
 */
export function readFailure(lines: readonly string[]): string | null {
  const said = lines
    .map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:]+ /, '').trim())
    .filter((line) =>
      /error|failed|cannot|denied|not safe|must|exists|unknown|died|lost/i.test(line),
    )
    .filter((line) => !/^(Not dropping|Exiting|See|Note)/i.test(line));
  const [first] = said;
  if (first === undefined) return null;
  return first
    .replace(/ \[for Statement.*$/s, '')
    .replace(/ at \S+ line \d+\.?$/, '')
    .replace(/^Error [^:]*: /, '')
    .replace(/DBI connect\(.*?\) failed: /, '')
    .slice(0, 300);
}
