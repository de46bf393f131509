import type { CompletionNode, CompletionOption } from './tree.ts';
import { pathsOf, valueOptions } from './tree.ts';

/** For fish 3 on; each word comes with what it does. */
export function fishScript(nodes: readonly CompletionNode[]): string {
  return `# fish completion for scalectl. Save it: scalectl completion fish > ~/.config/fish/completions/scalectl.fish
function __scalectl_path
    set -l found ''
    set -l is_value 0
    for word in (commandline -opc)[2..-1]
        if test $is_value = 1
            set is_value 0
            continue
        end
        if contains -- $word ${valueOptions(nodes).join(' ')}
            set is_value 1
            continue
        end
        set -l longer (string trim -- "$found $word")
        if contains -- $longer ${pathsOf(nodes).map(quote).join(' ')}
            set found $longer
        end
    end
    echo $found
end
function __scalectl_at
    test (__scalectl_path) = "$argv"
end
complete -c scalectl -f
${nodes.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ path, subcommands, options, choices, takesFiles }: CompletionNode): string[] {
  const at = `complete -c scalectl -n ${quote(`__scalectl_at ${path}`.trim())}`;
  return [
    ...subcommands.map(({ word, summary }) => `${at} -a ${quote(word)} -d ${quote(summary)}`),
    ...choices.map((word) => `${at} -a ${quote(word)}`),
    ...(takesFiles ? [`${at} -F`] : []),
    ...options.map((option) => `${at} ${optionText(option)}`),
  ];
}

function optionText({ word, summary, value, choices }: CompletionOption): string {
  const values = {
    none: '',
    text: ' -x',
    files: ' -r -F',
    words: ` -x -a ${quote(choices.join(' '))}`,
  };
  return `-l ${word.replace(/^--/, '')}${values[value]} -d ${quote(summary)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
