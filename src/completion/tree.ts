/** A command as shells complete it. */
export interface CompletionNode {
  /** The words behind `scalectl`, `queue process`; empty for the root. */
  readonly path: string;
  readonly subcommands: readonly Suggestion[];
  readonly options: readonly CompletionOption[];
  /** Values of its first argument, where only a few are allowed. */
  readonly choices: readonly string[];
  readonly takesFiles: boolean;
}

export interface Suggestion {
  readonly word: string;
  readonly summary: string;
}

export interface CompletionOption extends Suggestion {
  /** `none`: a flag. `words`: one of `choices`. `files`: a path. `text`: anything else, which cannot be suggested. */
  readonly value: 'none' | 'words' | 'files' | 'text';
  readonly choices: readonly string[];
}

export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof shells)[number];

/** Options that take the next word as their value, of all commands: that word is no command. */
export function valueOptions(nodes: readonly CompletionNode[]): string[] {
  const words = nodes.flatMap(({ options }) =>
    options.filter(({ value }) => value !== 'none').map(({ word }) => word),
  );
  return [...new Set(words)].sort();
}

/** The paths of all commands but the root. */
export function pathsOf(nodes: readonly CompletionNode[]): string[] {
  return nodes.map(({ path }) => path).filter((path) => path !== '');
}
