import type { CompletionNode, Suggestion } from './tree.ts';
import { valueOptions } from './tree.ts';

/** For Windows PowerShell 5.1 and PowerShell 7. */
export function powershellScript(nodes: readonly CompletionNode[]): string {
  return `# PowerShell completion for scalectl. In $PROFILE: scalectl completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName scalectl -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $nodes = @{
${nodes.map(nodeText).join('\n')}
  }
  $takesValue = @(${valueOptions(nodes).map(quote).join(', ')})
  $typed = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  $path = ''
  $isValue = $false
  foreach ($word in $typed) {
    if ($isValue) { $isValue = $false; continue }
    if ($takesValue -contains $word) { $isValue = $true; continue }
    $longer = "$path $word".Trim()
    if ($nodes.ContainsKey($longer)) { $path = $longer }
  }
  $node = $nodes[$path]
  if ($isValue) { $found = $node.Values[$typed[-1]] } else { $found = $node.Words }
  $found | Where-Object { $_ -and $_[0] -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_[0], $_[0], 'ParameterValue', $_[1])
  }
}
`;
}

function nodeText({ path, subcommands, options, choices }: CompletionNode): string {
  const words: Suggestion[] = [
    ...subcommands,
    ...choices.map((word) => ({ word, summary: word })),
    ...options,
  ];
  const values = options
    .filter(({ value }) => value === 'words')
    .map(
      (option) =>
        `${quote(option.word)} = ${list(option.choices.map((word) => ({ word, summary: word })))}`,
    );
  return `    ${quote(path)} = @{ Words = ${list(words)}; Values = @{ ${values.join('; ')} } }`;
}

/** The comma before each keeps a list of one pair from becoming the pair. */
function list(words: readonly Suggestion[]): string {
  return `@(${words.map(({ word, summary }) => `,@(${quote(word)}, ${quote(summary)})`).join('; ')})`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
