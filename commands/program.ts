import { Command as Parser, CommanderError, Option as ParserOption } from 'commander';
import { nearest } from '../src/config/nearest.ts';
import { ScalectlError } from '../src/errors.ts';
import type { AnyCommand, CommandGroup } from './define.ts';
import { isGroup } from './define.ts';
import { dryRunOption, globalOptions } from './globals.ts';
import type { Option, OptionSet } from './option.ts';

/** A command found on the command line, with what was given to it. */
export interface Invocation {
  command: AnyCommand;
  /** `queue process` */
  name: string;
  options: Record<string, unknown>;
  arguments: Record<string, unknown>;
  globals: Record<string, unknown>;
}

export type Parsed = { invocation: Invocation } | { text: string };

/**
 * Parses a command line against the tree of commands.
 * @returns the command to run, or the text of --help and --version
 * @throws ScalectlError `usage`, with the nearest match for an unknown command or option
 */
export async function parseCommandLine(
  argv: readonly string[],
  tree: { commands: readonly (AnyCommand | CommandGroup)[]; bare: AnyCommand; version: string },
): Promise<Parsed> {
  let invocation: Invocation | null = null;
  let text = '';
  const capture = (found: Invocation): void => {
    invocation = found;
  };
  const program = newParser(new Parser('scalectl'), (written) => {
    text += written;
  })
    .description(tree.bare.description ?? '')
    .usage('<command> [options]')
    .version(tree.version, '--version', 'print the version')
    .helpOption('--help', 'print help; scalectl <command> --help tells all of a command')
    .addHelpText('after', `\n${exitCodeText({})}`);
  for (const [name, option] of Object.entries(globalOptions))
    program.addOption(toParserOption(name, option));
  program.action(() =>
    capture({ command: tree.bare, name: '', options: {}, arguments: {}, globals: program.opts() }),
  );
  program.allowExcessArguments(true);
  program.hook('preAction', (_, acting) => {
    const [unknown] = acting === program ? program.args : [];
    if (unknown !== undefined) throw unknownCommand(unknown, tree.commands);
  });
  for (const entry of tree.commands) addEntry(program, entry, [], capture);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error);
    return { text };
  }
  return invocation === null ? { text: program.helpInformation() } : { invocation };
}

function addEntry(
  parent: Parser,
  entry: AnyCommand | CommandGroup,
  above: readonly string[],
  capture: (found: Invocation) => void,
): void {
  const names = [...above, entry.name];
  // .command() hands the settings of the parent down (no exit, captured output); .addCommand() would not.
  const parser = parent.command(entry.name).summary(entry.summary);
  parser.description(
    entry.description ? `${entry.summary}.\n\n${entry.description}` : `${entry.summary}.`,
  );
  parser.helpOption('--help', 'print this help');
  if (!isGroup(entry)) {
    fill(parser, entry, names, capture);
    return;
  }
  parser.usage(entry.own ? '[subcommand] [options]' : '<subcommand> [options]');
  if (entry.own) fill(parser, entry.own, names, capture);
  else {
    parser.action(() => {
      throw new ScalectlError('usage', `${names.join(' ')} needs a subcommand`, {
        hint: `${entry.subcommands.map((sub) => sub.name).join(', ')}; see scalectl ${names.join(' ')} --help`,
      });
    });
  }
  // Also beside a bare name's own work: a mistyped step must not do the whole of it.
  parser.allowExcessArguments(true);
  parser.hook('preAction', (_, acting) => {
    const [unknown] = acting === parser ? parser.args : [];
    if (unknown !== undefined) throw unknownCommand(unknown, entry.subcommands, names);
  });
  for (const subcommand of entry.subcommands) addEntry(parser, subcommand, names, capture);
}

function fill(
  parser: Parser,
  command: AnyCommand,
  names: readonly string[],
  capture: (found: Invocation) => void,
): void {
  const parameters = Object.entries(command.arguments ?? {});
  // The root takes a word too many for an unknown command and says so itself; this was handed down from it.
  parser.allowExcessArguments(false);
  for (const [, argument] of parameters) parser.argument(argument.flags, argument.summary);
  for (const [name, option] of Object.entries(command.options ?? {})) {
    parser.addOption(toParserOption(name, option));
  }
  if (command.changes !== 'nothing') parser.addOption(toParserOption('dryRun', dryRunOption));
  parser.addHelpText('after', `\n${examplesText(command)}${exitCodeText(command.exitCodes ?? {})}`);
  parser.action((...given: unknown[]) => {
    const values = given.slice(0, parameters.length);
    const options = {
      ...optionsOfGroups(parser, command),
      ...parser.opts<Record<string, unknown>>(),
    };
    capture({
      command,
      name: names.join(' '),
      options: withDefaults(command.options ?? {}, options),
      arguments: Object.fromEntries(parameters.map(([name], i) => [name, values[i]])),
      globals: { ...parser.optsWithGlobals(), dryRun: options['dryRun'] === true },
    });
  });
}

/**
 * Commander takes an option that a group's bare name has for the group's, even when it stands behind a subcommand, or
 * a subcommand of that. It belongs to the subcommand when that has it too.
 */
function optionsOfGroups(parser: Parser, command: AnyCommand): Record<string, unknown> {
  const known = [
    ...Object.keys(command.options ?? {}),
    ...(command.changes === 'nothing' ? [] : ['dryRun']),
  ];
  const given: Record<string, unknown> = {};
  // The root's own are the global ones.
  for (let group = parser.parent; group?.parent; group = group.parent) {
    const values = group.opts<Record<string, unknown>>();
    const foreign = Object.keys(values).find((name) => !known.includes(name));
    if (foreign !== undefined) {
      const option = group.options.find((candidate) => candidate.attributeName() === foreign);
      throw new ScalectlError('usage', `unknown option '${option?.long ?? foreign}'`, {
        hint: `scalectl ${namesOf(parser).join(' ')} --help lists its options.`,
      });
    }
    Object.assign(given, values);
  }
  return given;
}

function namesOf(parser: Parser): string[] {
  return parser.parent ? [...namesOf(parser.parent), parser.name()] : [];
}

function withDefaults(set: OptionSet, given: Record<string, unknown>): Record<string, unknown> {
  const absent = { flag: false, repeated: [], value: undefined };
  return Object.fromEntries(
    Object.entries(set).map(([name, option]) => [name, given[name] ?? absent[option.kind]]),
  );
}

function toParserOption(name: string, option: Option<unknown>): ParserOption {
  const made = new ParserOption(option.flags, option.summary);
  if (made.attributeName() !== name) {
    throw new Error(`option ${option.flags} must be named ${made.attributeName()}, not ${name}`);
  }
  if (option.kind === 'value') made.argParser((given) => option.parse(given));
  if (option.kind === 'repeated') {
    made.argParser((given, before: readonly unknown[] | undefined) => [
      ...(before ?? []),
      ...(option.parse(given) as readonly unknown[]),
    ]);
  }
  return made;
}

function newParser(parser: Parser, write: (text: string) => void): Parser {
  return parser
    .exitOverride()
    .showSuggestionAfterError(true)
    .helpCommand(false)
    .configureHelp({
      showGlobalOptions: true,
      sortSubcommands: false,
      visibleGlobalOptions: optionsOfAll,
    })
    .configureOutput({ writeOut: write, writeErr: () => undefined, outputError: () => undefined });
}

/** Not what a group's bare name takes: behind a subcommand that is refused. */
function optionsOfAll(parser: Parser): ParserOption[] {
  let root = parser;
  while (root.parent) root = root.parent;
  if (root === parser) return [];
  return root.options.filter((option) => option.attributeName() in globalOptions);
}

/** Commander says "error: unknown option '--usrs'\n(Did you mean --users?)". */
function usageError(error: CommanderError): ScalectlError {
  const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = rest.join(' ').replace(/^\(|\)$/g, '');
  return new ScalectlError('usage', message, {
    hint: suggestion || 'scalectl --help lists commands and options.',
    cause: error,
  });
}

function unknownCommand(
  word: string,
  known: readonly { name: string }[],
  above: readonly string[] = [],
): ScalectlError {
  const names = known.map((entry) => entry.name);
  const near = nearest(word, names);
  return new ScalectlError('usage', `unknown command: ${[...above, word].join(' ')}`, {
    hint: near
      ? `Did you mean ${['scalectl', ...above, near].join(' ')}?`
      : `Commands: ${names.join(', ')}`,
  });
}

function examplesText(command: AnyCommand): string {
  if (command.examples.length === 0) return '';
  const lines = command.examples.map(({ command: line, does }) => `  ${line}\n      ${does}`);
  return `Examples:\n${lines.join('\n')}\n\n`;
}

const usualExitCodes: Record<number, string> = {
  0: 'done',
  1: 'done, and the answer is bad',
  2: 'the operation failed',
  64: 'wrong usage',
  69: 'a server that is needed cannot be reached',
  75: 'another run holds the lock',
  77: 'refused: needs a confirmation or a privilege',
  78: 'bad configuration',
  130: 'interrupted by Ctrl-C',
};

function exitCodeText(special: Readonly<Record<number, string | null>>): string {
  const lines = Object.entries({ ...usualExitCodes, ...special })
    .filter(([, meaning]) => meaning !== null)
    .map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`);
  return `Exit codes:\n${lines.join('\n')}`;
}
