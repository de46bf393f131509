import { enabledEntries } from '../target.ts';
import type { Round } from '../target.ts';

/** An old line that is commented out begins with this; `schedule remove` takes it away again. */
export function disabledPrefix(siteName: string | null): string {
  return `# replaced by scalectl${siteName === null ? '' : ` ${siteName}`}: `;
}

/** The line as it was before it was commented out. */
export function restoreOldLine(line: string, siteName: string | null): string {
  const prefix = disabledPrefix(siteName);
  return line.startsWith(prefix) ? line.slice(prefix.length) : line;
}

/**
 * Whether a line runs a PHP script of the platform that an enabled entry stands in for: `ours`, or `foreign` when the
 * platform's folder is known and the line does not name it, so that it belongs to another site.
 */
export function classifyOldLine(line: string, round: Round): 'ours' | 'foreign' | null {
  if (/^\s*(#|$)/.test(line)) return null;
  const scripts = enabledEntries(round).flatMap(({ replaces }) => replaces ?? []);
  if (!scripts.some((script) => names(line, script))) return null;
  return round.platformFolder === null || names(line, round.platformFolder) ? 'ours' : 'foreign';
}

/** Whether the path stands in the line as a whole, not as a part of a longer name. */
function names(line: string, path: string): boolean {
  const bytes = Buffer.from(path, 'utf8').toString('latin1');
  const escaped = bytes.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w.-])${escaped}(?![\\w.-])`).test(line);
}
