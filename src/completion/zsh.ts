import type { CompletionNode, Suggestion } from './tree.ts';
import { pathsOf, valueOptions } from './tree.ts';

/** For zsh with compinit; each word comes with what it does. */
export function zshScript(nodes: readonly CompletionNode[]): string {
  return `#compdef scalectl
# zsh completion for scalectl. Into a folder of $fpath as _scalectl, or in ~/.zshrc: source <(scalectl completion zsh)
_scalectl() {
  local path= word previous=\${words[CURRENT-1]}
  local -i i
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    case $word in ${valueOptions(nodes).join('|')}) ((i++)); continue ;; esac
    case "\${path:+$path }$word" in
      (${pathsOf(nodes).map(quote).join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  local -a entries
  case "$path $previous" in
${nodes.flatMap(valueCases).join('\n')}
  esac
  case $path in
${nodes.map(wordCase).join('\n')}
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _scalectl "$@"; else compdef _scalectl scalectl; fi
`;
}

function valueCases({ path, options }: CompletionNode): string[] {
  return options
    .filter(({ value }) => value !== 'none')
    .map(({ word, value, choices }) => {
      const reply =
        value === 'files'
          ? '_files'
          : value === 'words'
            ? `compadd -- ${choices.map(quote).join(' ')}`
            : '_message value';
      return `    (${quote(`${path} ${word}`)}) ${reply}; return ;;`;
    });
}

function wordCase({ path, subcommands, options, choices, takesFiles }: CompletionNode): string {
  const lines = [
    ...(subcommands.length > 0
      ? [`entries=(${subcommands.map(entry).join(' ')}); _describe -t commands command entries`]
      : []),
    ...(choices.length > 0 ? [`compadd -- ${choices.map(quote).join(' ')}`] : []),
    ...(takesFiles ? ['_files'] : []),
    `entries=(${options.map(entry).join(' ')}); _describe -t options option entries`,
  ];
  return `    (${quote(path)}) ${lines.join('; ')} ;;`;
}

/** A colon parts the word from what it does. */
function entry({ word, summary }: Suggestion): string {
  return quote(`${word.replaceAll(':', '\\:')}:${summary}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
