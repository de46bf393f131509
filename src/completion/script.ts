import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { powershellScript } from './powershell.ts';
import type { CompletionNode, Shell } from './tree.ts';
import { zshScript } from './zsh.ts';

/**
 * The completion script of a shell. It holds all words, so that pressing Tab starts no process.
 * @param nodes every command, the root among them
 */
export function completionScript(shell: Shell, nodes: readonly CompletionNode[]): string {
  return scripts[shell](nodes);
}

const scripts: Record<Shell, (nodes: readonly CompletionNode[]) => string> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};
