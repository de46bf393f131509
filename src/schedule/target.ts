import { ScalectlError } from '../errors.ts';
import type { EntryName, ScheduleEntry } from './entries.ts';
import type { Invocation } from './invocation.ts';

export const targetNames = ['crontab', 'systemd', 'task-scheduler'] as const;

export type TargetName = (typeof targetNames)[number];

/** What is to be installed: the entries of the daily round and how scalectl is called. */
export interface Round {
  readonly entries: readonly ScheduleEntry[];
  readonly invocation: Invocation;
  /** Tells several sites of one account apart. */
  readonly siteName: string | null;
  /** The platform's folder, where it is known: old jobs of other folders are not touched. */
  readonly platformFolder: string | null;
}

/** `outdated`: there, but not as the settings have it now. `off`: switched off and not there. */
export type EntryState = 'installed' | 'outdated' | 'missing' | 'off';

/**
 * What the scheduler keeps: the crontab, a unit file, a task. Bytes, because other people's lines must come back as
 * they were; null stands for "not there".
 */
export interface Change {
  readonly name: string;
  readonly before: Buffer | null;
  readonly after: Buffer | null;
}

export interface ScheduledFile {
  readonly name: string;
  readonly content: Buffer;
  /** The content as text, whatever its encoding. */
  readonly text: string;
}

/** What the scheduler holds now, and what would have to change. */
export interface Inspection {
  readonly states: ReadonlyMap<EntryName, EntryState>;
  /** What turns the scheduler's state into the wanted one; empty when it is so already. */
  readonly changes: readonly Change[];
  readonly warnings: readonly string[];
}

/**
 * A scheduler of the operating system. `inspect` reads and changes nothing; `apply` writes exactly the changes that
 * it is given, and refuses when the scheduler's state is no longer their `before`.
 */
export interface ScheduleTarget {
  readonly name: TargetName;
  /** Where the entries stand, in words: `the crontab of www-data`. */
  readonly location: string;
  /** The round as files, for a machine that scalectl does not run on or may not change. */
  render(round: Round): ScheduledFile[];
  inspect(round: Round, options: InspectOptions): Promise<Inspection>;
  apply(changes: readonly Change[]): Promise<void>;
}

export interface InspectOptions {
  /** `install`: the changes that install the round. `remove`: the changes that take all of it away. */
  readonly want: 'install' | 'remove';
  /** Leaves the platform's old PHP lines as they are. */
  readonly keepOldLines: boolean;
  readonly signal: AbortSignal;
}

/** The entries that a scheduler should hold. */
export function enabledEntries(round: Round): ScheduleEntry[] {
  return round.entries.filter((entry) => entry.enabled);
}

/** Whether an error means that this scheduler cannot be used here, rather than that something went wrong. */
export function isUnavailable(error: unknown): error is ScalectlError {
  const codes = ['server-program-missing', 'privilege-missing', 'refused'];
  return error instanceof ScalectlError && codes.includes(error.code);
}
