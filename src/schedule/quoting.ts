/** One word for sh: as it is when it is plain, otherwise in single quotes, in which only the quote itself is special. */
export function quoteForShell(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command for a crontab line: cron turns `%` into a line break unless a backslash stands before it. */
export function escapeForCrontab(command: string): string {
  return command.replaceAll('%', '\\%');
}

/**
 * One word of ExecStart= (systemd.service(5), "Command lines"): `%` starts a specifier and `$` a variable even in
 * quotes, a backslash an escape.
 */
export function quoteForSystemd(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@+=:,./%-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll('"', '\\"')}"`;
}

/**
 * One word of a Windows command line as CommandLineToArgvW splits it: backslashes count double only before a quote,
 * and the closing quote is one.
 */
export function quoteForWindows(word: string): string {
  if (word !== '' && !/[\s"]/.test(word)) return word;
  return `"${word.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}
