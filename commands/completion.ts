import { shells } from '../src/completion/tree.ts';
import type { CompletionNode, CompletionOption, Shell } from '../src/completion/tree.ts';
import { ScalectlError } from '../src/errors.ts';
import { defineCommand, isGroup } from './define.ts';
import type { AnyCommand, CommandGroup } from './define.ts';
import { dryRunOption, globalOptions } from './globals.ts';
import { argument } from './option.ts';
import type { Option } from './option.ts';

export const completion = defineCommand({
  name: 'completion',
  summary: 'the script that completes scalectl in a shell',
  description:
    'Prints the script for bash, zsh, fish or PowerShell. It holds every command, option and choice, so that Tab starts no process; print it again after an update.',
  changes: 'nothing',
  arguments: { shell: { ...argument('<SHELL>', shells.join(', ')), choices: shells } },
  examples: [
    {
      command: 'scalectl completion bash',
      does: 'for ~/.bashrc: source <(scalectl completion bash)',
    },
    {
      command: 'scalectl completion fish > ~/.config/fish/completions/scalectl.fish',
      does: 'installs it for fish',
    },
  ],
  run: async (_, { arguments: { shell } }) => {
    const known = shells.find((name) => name === shell);
    if (!known) {
      throw new ScalectlError('usage', `"${shell}" is no shell that scalectl completes for`, {
        hint: `One of ${shells.join(', ')}.`,
      });
    }
    const { completionScript } = await import('../src/completion/script.ts');
    const { commands } = await import('./index.ts');
    return {
      result: {
        shell: known satisfies Shell,
        script: completionScript(known, listNodes(commands)),
      },
    };
  },
  render: ({ script }) => script,
});

type Entry = AnyCommand | CommandGroup;

function listNodes(commands: readonly Entry[]): CompletionNode[] {
  const root = {
    path: '',
    subcommands: commands.map(suggestion),
    options: [...optionsOf(globalOptions), versionOption, helpOption],
    choices: [],
    takesFiles: false,
  };
  return [root, ...commands.flatMap((entry) => nodesOf(entry, []))];
}

const helpOption: CompletionOption = {
  word: '--help',
  summary: 'print help',
  value: 'none',
  choices: [],
};
const versionOption: CompletionOption = {
  ...helpOption,
  word: '--version',
  summary: 'print the version',
};

function nodesOf(entry: Entry, above: readonly string[]): CompletionNode[] {
  const words = [...above, entry.name];
  const command = isGroup(entry) ? entry.own : entry;
  const below = isGroup(entry) ? entry.subcommands : [];
  const [first] = Object.values(command?.arguments ?? {});
  return [
    {
      path: words.join(' '),
      subcommands: below.map(suggestion),
      options: [
        ...optionsOf(command?.options ?? {}),
        ...optionsOf(globalOptions),
        ...(command && command.changes !== 'nothing' ? optionsOf({ dryRun: dryRunOption }) : []),
        helpOption,
      ],
      choices: first?.choices ?? [],
      takesFiles: first !== undefined && isPath(first.flags),
    },
    ...below.flatMap((subcommand) => nodesOf(subcommand, words)),
  ];
}

function suggestion({ name, summary }: Entry): { word: string; summary: string } {
  return { word: name, summary };
}

function optionsOf(options: Readonly<Record<string, Option<unknown>>>): CompletionOption[] {
  return Object.values(options).map(({ flags, summary, kind, choices = [] }) => ({
    word: flags.split(/[ ,]/).find((part) => part.startsWith('--')) ?? flags,
    summary,
    value:
      kind === 'flag' ? 'none' : choices.length > 0 ? 'words' : isPath(flags) ? 'files' : 'text',
    choices,
  }));
}

function isPath(flags: string): boolean {
  return /[<[](FILE|DIR|FOLDER)\b/.test(flags);
}
