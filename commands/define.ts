import type { ScalectlError } from '../src/errors.ts';
import type { Screen } from '../src/output/screen.ts';
import type { Context } from './context.ts';
import type { OptionSet, ValuesOf } from './option.ts';

/** A command line that works as it stands, and what it does. */
export interface Example {
  command: string;
  does: string;
}

/** What a run came to. */
export interface Outcome<Result> {
  result: Result;
  /** 0 unless told: 1 for "done, and the answer is bad"; health uses 0 to 3. */
  exitCode?: number;
  /** The one command to run next, as the user would type it. */
  next?: string;
  /** The operation failed or its result is invalid, although there is a result to show: `ok` becomes false. */
  failure?: ScalectlError;
  /** Printed instead of the rendered result: machine formats such as nagios or prometheus. */
  text?: string;
}

export interface Command<
  Options extends OptionSet = OptionSet,
  Arguments extends OptionSet = OptionSet,
  Result = unknown,
> {
  /** `process`; the words above it come from where it stands in the tree. */
  name: string;
  /** One line for the list of commands, without a full stop. */
  summary: string;
  /** What the summary cannot say: a paragraph or two for the command's own help. */
  description?: string;
  /** `data` and `schema` get --dry-run; they plan, show, confirm, apply and verify. */
  changes: 'nothing' | 'data' | 'schema';
  arguments?: Arguments;
  options?: Options;
  examples: readonly Example[];
  /** Words for the exit codes that mean something special here; null for a usual one that cannot come. */
  exitCodes?: Readonly<Record<number, string | null>>;
  /** Calls the engine. Imports it inside (`await import(…)`): what is not used costs no start-up time. */
  run: (
    context: Context,
    input: { options: ValuesOf<Options>; arguments: ValuesOf<Arguments> },
  ) => Promise<Outcome<Result>>;
  /** The human text of a result: a pure function. */
  render: (result: Result, screen: Screen) => string;
}

/** A command that only has subcommands, or has them beside its own work (`run`). */
export interface CommandGroup {
  name: string;
  summary: string;
  description?: string;
  subcommands: readonly (AnyCommand | CommandGroup)[];
  /** What the bare name does, such as `optimize-db` without a step. */
  own?: AnyCommand;
}

/** A command with its types put aside, as the list of commands holds it. */
export type AnyCommand = Command<OptionSet, OptionSet, never>;

/** Checks a command against the contract and keeps its types while it is written. */
export function defineCommand<
  const Result,
  const Options extends OptionSet = Record<never, never>,
  const Arguments extends OptionSet = Record<never, never>,
>(command: Command<Options, Arguments, Result>): AnyCommand {
  return command as unknown as AnyCommand;
}

export function isGroup(entry: AnyCommand | CommandGroup): entry is CommandGroup {
  return 'subcommands' in entry;
}
