import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { ScalectlError } from '../../errors.ts';
import type { EntryName, ScheduleEntry } from '../entries.ts';
import { runProgram } from '../run-program.ts';
import { siteNamedIn } from '../site.ts';
import { enabledEntries } from '../target.ts';
import type { Change, EntryState, InspectOptions, Round, ScheduleTarget } from '../target.ts';
import { isSame } from '../unified-diff.ts';
import { renderUnits, unitName } from './units.ts';

export interface SystemdPlace {
  scope: 'user' | 'system';
  /** Folder of the unit files. */
  unitDir: string;
  /** The systemctl program with the arguments that choose the level. */
  systemctl: readonly string[];
  /** Whether timers run while nobody is logged in; null when that is not a question (system level). */
  isLingering: boolean | null;
}

/** Timers and services as files of the unit folder. A change named `… enabled` is the link that starts a timer at boot. */
export function createSystemdTarget(place: SystemdPlace): ScheduleTarget {
  return {
    name: 'systemd',
    location: `systemd, ${place.scope} level (${place.unitDir})`,
    render: (round) =>
      enabledEntries(round).flatMap((entry) => {
        const { base, service, timer } = renderUnits(entry, round);
        return [
          { name: `${base}.service`, content: Buffer.from(service), text: service },
          { name: `${base}.timer`, content: Buffer.from(timer), text: timer },
        ];
      }),
    inspect: async (round, options) => {
      const states = new Map<EntryName, EntryState>();
      const changes: Change[] = [];
      for (const entry of round.entries) {
        const unit = await inspectEntry(entry, round, place, options);
        states.set(entry.name, unit.state);
        changes.push(...unit.changes);
      }
      return { states, changes, warnings: options.want === 'install' ? warningsFor(place) : [] };
    },
    apply: (changes) => applyChanges(changes, place),
  };
}

async function inspectEntry(
  entry: ScheduleEntry,
  round: Round,
  place: SystemdPlace,
  options: InspectOptions,
): Promise<{ state: EntryState; changes: Change[] }> {
  const wanted = renderUnits(entry, round);
  const base = unitName(entry.name, round.siteName);
  const isWanted = entry.enabled;
  const now = await Promise.all([
    readUnit(path.join(place.unitDir, `${base}.service`)),
    readUnit(path.join(place.unitDir, `${base}.timer`)),
  ]);
  const [service, timer] = now;
  if (options.want === 'install') checkSameSite(service, wanted.service);
  const link = existsSync(linkOf(place, `${base}.timer`)) ? enabledMark : null;
  const isThere = service !== null || timer !== null || link !== null;
  const change = (name: string, before: Buffer | null, after: string | null): Change => ({
    name,
    before,
    after: after === null ? null : Buffer.from(after),
  });
  const toInstall = [
    change(`${base}.service`, service, isWanted ? wanted.service : null),
    change(`${base}.timer`, timer, isWanted ? wanted.timer : null),
    change(`${base}.timer enabled`, link, isWanted ? enabledMark.toString() : null),
  ].filter(({ before, after }) => !isSame(before, after));
  const toRemove = [
    change(`${base}.service`, service, null),
    change(`${base}.timer`, timer, null),
    change(`${base}.timer enabled`, link, null),
  ].filter(({ before }) => before !== null);
  const absent = isWanted ? 'missing' : 'off';
  const state = !isThere ? absent : toInstall.length > 0 ? 'outdated' : 'installed';
  return { state, changes: options.want === 'install' ? toInstall : toRemove };
}

const enabledMark = Buffer.from('yes\n');

function linkOf(place: SystemdPlace, timer: string): string {
  return path.join(place.unitDir, 'timers.target.wants', timer);
}

async function readUnit(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function checkSameSite(service: Buffer | null, wanted: string): void {
  const other = service === null ? null : siteNamedIn(service.toString('utf8'));
  if (other === null || other === siteNamedIn(wanted)) return;
  throw new ScalectlError(
    'refused',
    `systemd already has a daily round for another site: ${other}`,
    {
      hint: 'To keep both, set schedule.name for this one. To replace it: scalectl schedule remove, then install.',
    },
  );
}

function warningsFor(place: SystemdPlace): string[] {
  if (place.isLingering !== false) return [];
  return ['timers of the user level stop when you log out; keep them with: loginctl enable-linger'];
}

async function applyChanges(changes: readonly Change[], place: SystemdPlace): Promise<void> {
  if (changes.length === 0) return;
  await checkRunning(place);
  const timersOf = (wanted: (change: Change) => boolean): string[] => [
    ...new Set(
      changes
        .filter(wanted)
        .map(({ name }) => name.replace(/ enabled$/, ''))
        .map((name) => name.replace(/\.service$/, '.timer')),
    ),
  ];
  const gone = timersOf(({ name, after }) => name.endsWith('.timer enabled') && after === null);
  if (gone.length > 0) await systemctl(place, ['disable', '--now', ...gone]);
  for (const { name, before, after } of changes) {
    if (name.endsWith(' enabled')) continue;
    const file = path.join(place.unitDir, name);
    if (!isSame(await readUnit(file), before)) {
      throw new ScalectlError(
        'operation-failed',
        `${file} was changed by somebody else meanwhile`,
        {
          hint: 'Run the command again.',
        },
      );
    }
    if (after === null) await rm(file, { force: true });
    else await writeUnit(file, after);
  }
  await systemctl(place, ['daemon-reload']);
  const wanted = timersOf(({ after }) => after !== null);
  if (wanted.length === 0) return;
  await systemctl(place, ['enable', ...wanted]);
  // Not `enable --now`: a timer that runs already would keep its old times.
  await systemctl(place, ['restart', ...wanted]);
}

async function writeUnit(file: string, content: Buffer): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFileAtomic(file, content, { mode: 0o644 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') throw error;
    throw new ScalectlError('privilege-missing', `${file} cannot be written (${code})`, {
      hint: 'Run it as root, or set schedule.systemd.scope to user.',
      cause: error,
    });
  }
}

/** Before anything is written: files without a running systemd would look installed and never run. */
async function checkRunning(place: SystemdPlace): Promise<void> {
  await systemctl(place, ['show', '--property=Version']);
}

async function systemctl(place: SystemdPlace, words: readonly string[]): Promise<void> {
  const result = await runProgram([...place.systemctl, ...words], { timeoutMs: 60_000 });
  if (result === null) {
    throw new ScalectlError('server-program-missing', 'there is no systemctl program here', {
      hint: 'Use --target crontab.',
    });
  }
  if (result.exitCode === 0) return;
  const said = result.stderr.split('\n')[0] || `exit code ${result.exitCode}`;
  const isAbsent = /not been booted|connect to bus|host is down/i.test(result.stderr);
  throw new ScalectlError(
    isAbsent ? 'server-program-missing' : 'operation-failed',
    `${[...place.systemctl, ...words].join(' ')}: ${said}`,
    {
      hint: isAbsent
        ? 'systemd does not run here (or not for this user). Use --target crontab, or write the files with scalectl schedule show --target systemd --out DIR.'
        : 'scalectl schedule show tells what is installed.',
    },
  );
}
