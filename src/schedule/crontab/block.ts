import { ScalectlError } from '../../errors.ts';
import type { EntryName, ScheduleEntry } from '../entries.ts';
import { commandOf } from '../invocation.ts';
import { escapeForCrontab, quoteForShell } from '../quoting.ts';
import { siteNamedIn } from '../site.ts';
import { enabledEntries } from '../target.ts';
import type { EntryState, Round } from '../target.ts';

/**
 * The marked block of scalectl in a crontab. Crontabs are handled as text of one character a byte (latin1): whatever
 * encoding other people's lines have, they come back byte for byte.
 */
export interface Block {
  /** Index of the BEGIN line. */
  start: number;
  /** Index of the END line. */
  end: number;
}

/** Debian's cron refuses a longer command (MAX_COMMAND 1000, with its end mark). */
const longestCommand = 998;

const explanation = '# Written by scalectl schedule install, which overwrites changes in here.';

/** The lines of the block, markers included; none when no entry is enabled. */
export function renderBlock(round: Round): string[] {
  const lines = enabledEntries(round).map((entry) => renderLine(entry, round));
  if (lines.length === 0) return [];
  const { begin, end } = markersOf(round.siteName);
  return [begin, explanation, ...lines, end];
}

function renderLine(entry: ScheduleEntry, round: Round): string {
  const { stateDir } = round.invocation;
  const words = commandOf(entry.name, round.invocation).map(quoteForShell);
  // The run writes its own log; what ends up here is what kept it from starting, such as a node that is gone.
  const log = quoteForShell(`${stateDir}/logs/${entry.name}.log`);
  const command = escapeForCrontab(`${words.join(' ')} >/dev/null 2>>${log}`);
  const line = asBytes(`${entry.cron.text} ${command}`);
  // eslint-disable-next-line no-control-regex -- a line break in a path would be a line of its own
  if (/[\u0000-\u001f\u007f]/.test(line)) {
    throw new ScalectlError('refused', `a path for ${entry.name} holds a control character`, {
      hint: 'Move scalectl or its configuration to an ordinary path.',
    });
  }
  if (asBytes(command).length > longestCommand) {
    throw new ScalectlError(
      'refused',
      `the command of ${entry.name} is longer than the ${longestCommand} bytes that cron takes`,
      { hint: 'Use shorter paths: schedule.stateDir and the place of the configuration file.' },
    );
  }
  return line;
}

/** @throws ScalectlError `refused` when the markers do not pair, naming the line */
export function findBlock(lines: readonly string[], siteName: string | null): Block | null {
  const { begin, end } = markersOf(siteName);
  const starts = indexesOf(lines, begin);
  const ends = indexesOf(lines, end);
  const [start] = starts;
  const [stop] = ends;
  if (start === undefined && stop === undefined) return null;
  if (
    start !== undefined &&
    stop !== undefined &&
    starts.length + ends.length === 2 &&
    start < stop
  ) {
    return { start, end: stop };
  }
  const places = [...starts, ...ends].map((index) => index + 1).sort((a, b) => a - b);
  throw new ScalectlError(
    'refused',
    `the marks of scalectl's block in the crontab do not pair (line ${places.join(', ')})`,
    { hint: `Mend it with crontab -e: one "${begin}" and one "${end}" below it.` },
  );
}

/** The state of each entry, from the lines inside the block. */
export function statesInBlock(inside: readonly string[], round: Round): Map<EntryName, EntryState> {
  const states = new Map<EntryName, EntryState>();
  for (const entry of round.entries) {
    const found = inside.filter((line) => line.includes(` schedule run ${entry.name} `));
    if (found.length === 0) states.set(entry.name, entry.enabled ? 'missing' : 'off');
    else {
      const isWanted = entry.enabled && found.length === 1 && found[0] === renderLine(entry, round);
      states.set(entry.name, isWanted ? 'installed' : 'outdated');
    }
  }
  return states;
}

/** @throws ScalectlError `refused` when the block calls scalectl for another configuration */
export function checkSameSite(inside: readonly string[], round: Round): void {
  const [wanted] = enabledEntries(round).map((entry) => siteNamedIn(renderLine(entry, round)));
  const other = inside.map(siteNamedIn).find((site) => site !== null && site !== wanted);
  if (other === undefined || other === null || wanted === undefined) return;
  throw new ScalectlError(
    'refused',
    `the crontab already has a daily round for another site: ${other}`,
    {
      hint: 'To keep both, set schedule.name for this one. To replace it: scalectl schedule remove, then install.',
    },
  );
}

export function markersOf(siteName: string | null): { begin: string; end: string } {
  const name = siteName === null ? 'scalectl' : `scalectl ${siteName}`;
  return { begin: `# BEGIN ${name}`, end: `# END ${name}` };
}

function indexesOf(lines: readonly string[], wanted: string): number[] {
  return lines.flatMap((line, index) => (line.trimEnd() === wanted ? [index] : []));
}

function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
