import { ScalectlError } from '../../errors.ts';
import type { EntryName } from '../entries.ts';
import type { EntryState, Round } from '../target.ts';
import { checkSameSite, findBlock, renderBlock, statesInBlock } from './block.ts';
import { classifyOldLine, disabledPrefix, restoreOldLine } from './old-lines.ts';

export interface CrontabEdit {
  states: Map<EntryName, EntryState>;
  /** The crontab as it should be; null when nothing is left of it. */
  after: Buffer | null;
  warnings: string[];
}

export interface EditOptions {
  want: 'install' | 'remove';
  keepOldLines: boolean;
}

/**
 * A crontab with the block of scalectl put in, renewed or taken out. All other lines stay byte for byte, but for the
 * platform's old PHP jobs, which are commented out (and restored) unless they are to be kept.
 * @throws ScalectlError `refused` when the crontab cannot be rewritten faithfully, naming the line
 */
export function editCrontab(
  before: Buffer | null,
  round: Round,
  options: EditOptions,
): CrontabEdit {
  const lines = splitLines(before);
  const block = findBlock(lines, round.siteName);
  const inside = block ? lines.slice(block.start + 1, block.end) : [];
  const states = statesInBlock(inside, round);
  const outside = block ? [...lines.slice(0, block.start), ...lines.slice(block.end + 1)] : lines;
  checkFaithful(lines);
  const warnings: string[] = [];
  if (options.want === 'remove') {
    const kept = options.keepOldLines
      ? outside
      : outside.map((line) => restoreOldLine(line, round.siteName));
    return { states, after: joinLines(kept), warnings };
  }
  checkSameSite(inside, round);
  const at = block?.start ?? outside.length;
  const edited = outside.map((line) => {
    const kind = classifyOldLine(line, round);
    if (kind === 'foreign') {
      warnings.push(
        `a line of the crontab runs an old PHP job of another folder and stays: ${shown(line)}`,
      );
    } else if (kind === 'ours' && options.keepOldLines) {
      warnings.push(
        `a line of the crontab goes on running an old PHP job beside the new one: ${shown(line)}`,
      );
    }
    const isReplaced = kind === 'ours' && !options.keepOldLines;
    return isReplaced ? disabledPrefix(round.siteName) + line : line;
  });
  warnings.push(...warnOfEnvironment(edited.slice(0, at)));
  const after = [...edited.slice(0, at), ...renderBlock(round), ...edited.slice(at)];
  return { states, after: joinLines(after), warnings };
}

/**
 * `crontab -l` does not give every byte back: Debian's prints a carriage return as a backslash and an r, and what
 * other programs do with control characters differs. Writing such a listing back would change the line.
 */
function checkFaithful(lines: readonly string[]): void {
  lines.forEach((line, index) => {
    // eslint-disable-next-line no-control-regex -- control characters are what this is about
    const isControl = /[\u0000-\u0008\u000a-\u001f\u007f]/.test(line);
    if (!isControl && !line.endsWith('\\r')) return;
    const what = isControl ? 'a control character' : 'a carriage return (shown as \\r)';
    throw new ScalectlError(
      'refused',
      `line ${index + 1} of the crontab holds ${what}; nothing was changed`,
      {
        hint: 'crontab -l does not give such a line back unchanged. Take the character out with crontab -e.',
      },
    );
  });
}

/** Settings above the block hold for its lines too. */
function warnOfEnvironment(above: readonly string[]): string[] {
  const values = new Map<string, string>();
  for (const line of above) {
    const [, name, value = ''] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name) values.set(name, value.replaceAll(/^["']|["']$/g, ''));
  }
  const warnings: string[] = [];
  const shell = values.get('SHELL');
  if (shell !== undefined && !/(^|\/)(sh|bash|dash|ash|ksh|zsh)$/.test(shell)) {
    warnings.push(
      `the crontab sets SHELL=${shown(shell)}; the lines of scalectl are written for sh`,
    );
  }
  const zone = values.get('CRON_TZ');
  if (zone !== undefined) {
    warnings.push(
      `the crontab sets CRON_TZ=${shown(zone)}; where cron knows it, the times are of that zone`,
    );
  }
  return warnings;
}

function shown(line: string): string {
  const text = Buffer.from(line, 'latin1').toString('utf8').trim();
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

function splitLines(content: Buffer | null): string[] {
  const text = content?.toString('latin1') ?? '';
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

function joinLines(lines: readonly string[]): Buffer | null {
  return lines.length === 0 ? null : Buffer.from(`${lines.join('\n')}\n`, 'latin1');
}
