/**
 * The configuration (or platform folder) that a scheduled command is for, as it stands there with its quotes: tells
 * the entries of one site from those of another. Null when the command names none.
 */
export function siteNamedIn(command: string): string | null {
  const word = `'(?:[^']|'\\\\'')*'|"(?:[^"\\\\]|\\\\.)*"|\\S+`;
  const [, named] = new RegExp(` --(?:config|platform) (${word})`).exec(command) ?? [];
  return named ?? null;
}
