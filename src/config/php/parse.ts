import type * as PhpParser from 'php-parser';

/** A node of the parser's tree; what else it holds depends on its kind. */
export interface PhpNode {
  readonly kind: string;
  readonly loc?: { readonly start: { readonly line: number } } | null;
  readonly [name: string]: unknown;
}

export interface PhpSource {
  /** The statements at the top of the file, up to what the parser stumbled over. */
  statements: PhpNode[];
  problem: { line: number | null; reason: string } | null;
}

/** The two methods of php-parser that are watched; its types leave out one and the result of the other. */
interface Watched {
  lexer: { input: () => string };
  parser: { read_top_statement: () => unknown };
}

/** Each character is read less than twice, as measured; far more is the lexer going in circles at the end of a torn file. */
const readsPerCharacter = 20;

export type ParsePhp = (content: string) => PhpSource;

/**
 * Loads the parser. It reads a PHP file without running any of it. A file that PHP itself would refuse, or that is
 * newer than the parser, is read up to the statement that it stumbles over: the parser's own mode for that
 * (suppressErrors) never ends on some torn files.
 */
export async function loadPhpParser(): Promise<ParsePhp> {
  // A CommonJS module in a bundle has its default export alone, which the package's types do not know.
  const { default: Engine } = (await import('php-parser')) as unknown as {
    default: typeof PhpParser.Engine;
  };
  return (content): PhpSource => {
    const engine = new Engine({
      parser: { extractDoc: false },
      ast: { withPositions: true },
      // PHP of XAMPP still opens a block at `<?`.
      lexer: { short_tags: true },
    });
    const complete = watch(engine as unknown as Watched, content.length);
    try {
      // The line end is for the lexer, which looks one character ahead even at the end.
      const program = engine.parseCode(`${content.replace(/^\uFEFF/, '')}\n`, 'file.php');
      const children: unknown[] = program.children;
      return { statements: children.filter(isNode), problem: null };
    } catch (error) {
      return { statements: complete, problem: problemOf(error) };
    }
  };
}

/** Ends a parse that goes in circles. Returns the list that the top statements are put on as they are read. */
function watch({ lexer, parser }: Watched, length: number): PhpNode[] {
  let readsLeft = readsPerCharacter * length + 10_000;
  const input = lexer.input.bind(lexer);
  lexer.input = () => {
    readsLeft -= 1;
    if (readsLeft < 0) throw new Error('the file ends within a token');
    return input();
  };
  const complete: PhpNode[] = [];
  const readTopStatement = parser.read_top_statement.bind(parser);
  parser.read_top_statement = () => {
    const statement = readTopStatement();
    if (isNode(statement)) complete.push(statement);
    return statement;
  };
  return complete;
}

export function isNode(value: unknown): value is PhpNode {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

export function lineOf(node: PhpNode): number | null {
  return node.loc?.start.line ?? null;
}

/** The parser's message quotes the source, which may be a secret: only the place is kept. */
function problemOf(error: unknown): { line: number | null; reason: string } {
  const line = (error as { lineNumber?: unknown }).lineNumber;
  return {
    line: typeof line === 'number' ? line : null,
    reason: 'syntax that the parser does not understand; the rest of the file was not read',
  };
}
