import type { CompletionNode } from './tree.ts';
import { pathsOf, valueOptions } from './tree.ts';

/** For bash 3.2 on, as macOS has it: no associative arrays, no bash-completion package. */
export function bashScript(nodes: readonly CompletionNode[]): string {
  return `# bash completion for scalectl. In ~/.bashrc: source <(scalectl completion bash)
_scalectl() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path= word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in ${valueOptions(nodes).join('|')}) ((i++)); continue ;; esac
    case "\${path:+$path }$word" in
      ${pathsOf(nodes).map(quote).join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  COMPREPLY=()
  case "$path $previous" in
${nodes.flatMap(valueCases).join('\n')}
  esac
  case $path in
${nodes.map(wordCase).join('\n')}
  esac
}
complete -F _scalectl scalectl
`;
}

function valueCases({ path, options }: CompletionNode): string[] {
  return options
    .filter(({ value }) => value !== 'none')
    .map(({ word, value, choices }) => {
      const reply =
        value === 'files'
          ? 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current"))'
          : value === 'words'
            ? `COMPREPLY=($(compgen -W ${quote(choices.join(' '))} -- "$current"))`
            : ':';
      return `    ${quote(`${path} ${word}`)}) ${reply}; return ;;`;
    });
}

function wordCase({ path, subcommands, options, choices, takesFiles }: CompletionNode): string {
  const words = [...subcommands.map(({ word }) => word), ...choices];
  const names = options.map(({ word }) => word);
  const files = takesFiles
    ? '; if [[ $current != -* ]]; then compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$current")); fi'
    : '';
  // Options are many: they are offered once a dash is there, or where nothing else is.
  const list =
    words.length > 0 || takesFiles
      ? `if [[ $current == -* ]]; then COMPREPLY=($(compgen -W ${quote(names.join(' '))} -- "$current")); else COMPREPLY=($(compgen -W ${quote(words.join(' '))} -- "$current")); fi`
      : `COMPREPLY=($(compgen -W ${quote(names.join(' '))} -- "$current"))`;
  return `    ${quote(path)}) ${list}${files} ;;`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
