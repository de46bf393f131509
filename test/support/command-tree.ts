import { parse } from 'shell-quote';
import type { AnyCommand, CommandGroup } from '../../commands/define.ts';
import { isGroup } from '../../commands/define.ts';
import { commands, overview } from '../../commands/index.ts';
import { parseCommandLine } from '../../commands/program.ts';
import type { Parsed } from '../../commands/program.ts';

/** A command as it stands in the tree. */
export interface ListedCommand {
  /** `queue process`; empty for `scalectl` alone. */
  name: string;
  words: readonly string[];
  command: AnyCommand;
}

/** Every command that can run: subcommands, bare names of groups with work of their own, and `scalectl` alone. */
export function listCommands(): ListedCommand[] {
  return [
    { name: '', words: [], command: overview },
    ...commands.flatMap((entry) => below(entry, [])),
  ];
}

function below(entry: AnyCommand | CommandGroup, above: readonly string[]): ListedCommand[] {
  const words = [...above, entry.name];
  if (!isGroup(entry)) return [{ name: words.join(' '), words, command: entry }];
  const own = entry.own ? [{ name: words.join(' '), words, command: entry.own }] : [];
  return [...own, ...entry.subcommands.flatMap((subcommand) => below(subcommand, words))];
}

/** Groups that only have subcommands: `["config"]`. */
export function listGroups(
  entries: readonly (AnyCommand | CommandGroup)[] = commands,
  above: readonly string[] = [],
): string[][] {
  return entries.filter(isGroup).flatMap((group) => {
    const words = [...above, group.name];
    return [...(group.own ? [] : [words]), ...listGroups(group.subcommands, words)];
  });
}

/** Parses a command line against the whole tree, as the binary does. */
export function parseWords(words: readonly string[]): Promise<Parsed> {
  return parseCommandLine(words, { commands, bare: overview, version: '0.0.0' });
}

/**
 * The words behind `scalectl` in an example as a shell reads it: variables before it and a redirection or pipe behind
 * it are left out.
 */
export function wordsOfExample(line: string): string[] {
  const tokens = parse(line, (name) => `$${name}`);
  const start = tokens.indexOf('scalectl');
  if (start < 0) throw new Error(`an example must call scalectl: ${line}`);
  const rest = tokens.slice(start + 1);
  const end = rest.findIndex((token) => typeof token !== 'string' && !('pattern' in token));
  return rest
    .slice(0, end < 0 ? undefined : end)
    .map((token) => (typeof token === 'string' ? token : 'pattern' in token ? token.pattern : ''));
}

/**
 * A command line of the command that ends by itself and changes nothing: its name alone, with the arguments of its
 * first example where it needs some, and --dry-run where there is one.
 */
export function harmlessWords({ words, command }: ListedCommand): string[] {
  const needed = Object.values(command.arguments ?? {}).some(({ flags }) => flags.startsWith('<'));
  const [example] = command.examples;
  const chosen = needed && example ? wordsOfExample(example.command) : words;
  return [
    ...chosen.filter((word) => !['--yes', '--json', '--dry-run', '--watch'].includes(word)),
    ...(command.changes === 'nothing' ? [] : ['--dry-run']),
    // Watches for a minute, also when it keeps nothing.
    ...(words.at(-1) === 'observe' ? ['--for', '1s'] : []),
  ];
}
