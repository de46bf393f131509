import { Refusal } from '../../sql/refusal.ts';
import { closingOf, splitByComma } from '../../sql/expression.ts';
import { isSign, isWord, tokenize } from '../../sql/tokenize.ts';
import type { Token } from '../../sql/tokenize.ts';

/** An index that a statement in the platform's source makes. */
export interface OldIndexStatement {
  /** From the scanned folder on. */
  readonly file: string;
  readonly line: number | null;
  readonly sql: string;
  readonly table: string;
  /** null where it has no name. */
  readonly index: string | null;
  /** Names of the columns, without lengths and directions. */
  readonly columns: readonly string[];
  readonly kind: 'plain' | 'unique' | 'other';
}

type IndexDefinition = Pick<OldIndexStatement, 'table' | 'index' | 'columns' | 'kind'>;

/**
 * The indexes that ALTER TABLE … ADD INDEX or CREATE INDEX makes, one for each; none for other statements.
 * @throws TokenError for what is no SQL
 */
export function readIndexStatement(sql: string): IndexDefinition[] {
  const tokens = tokenize(sql).filter((token) => !isSign(token, ';'));
  if (isWord(tokens[0], 'CREATE')) return readCreate(tokens);
  if (!isWord(tokens[0], 'ALTER') || !isWord(tokens[1], 'TABLE')) return [];
  const { name: table, next } = readName(tokens, isWord(tokens[2], 'IF') ? 4 : 2);
  return splitByComma(tokens.slice(next)).flatMap((clause) => readAdd(clause, table));
}

/** Whether a text makes an index, also where it is not known on which table. */
export function makesIndex(template: string): boolean {
  return (
    /^\s*ALTER\s+TABLE\s[^]*\bADD\s+(?:UNIQUE|FULLTEXT|SPATIAL|INDEX|KEY)\b/i.test(template) ||
    /^\s*CREATE\s+(?:UNIQUE\s+|FULLTEXT\s+|SPATIAL\s+)?INDEX\b/i.test(template)
  );
}

function readCreate(tokens: readonly Token[]): IndexDefinition[] {
  let at = 1;
  const kind = kindOf(tokens[at]);
  if (kind !== 'plain') at += 1;
  if (!isWord(tokens[at], 'INDEX')) return [];
  at += 1;
  if (isWord(tokens[at], 'IF')) at += 3;
  const { name: index, next } = readName(tokens, at);
  const on = tokens.findIndex((token, i) => i >= next && isWord(token, 'ON'));
  if (on < 0) throw new Refusal('it names no table');
  const { name: table, next: open } = readName(tokens, on + 1);
  return [{ table, index, kind, columns: readColumns(tokens, open) }];
}

function readAdd(clause: readonly Token[], table: string): IndexDefinition[] {
  if (!isWord(clause[0], 'ADD')) return [];
  let at = 1;
  const kind = kindOf(clause[at]);
  if (kind !== 'plain') at += 1;
  const isNamed = isWord(clause[at], 'INDEX', 'KEY');
  if (!isNamed && kind === 'plain') return [];
  if (isNamed) at += 1;
  if (isWord(clause[at], 'IF')) at += 3;
  let index: string | null = null;
  if (!isSign(clause[at], '(')) ({ name: index, next: at } = readName(clause, at));
  if (isWord(clause[at], 'USING')) at += 2;
  return [{ table, index, kind, columns: readColumns(clause, at) }];
}

function kindOf(token: Token | undefined): OldIndexStatement['kind'] {
  if (isWord(token, 'UNIQUE')) return 'unique';
  return isWord(token, 'FULLTEXT', 'SPATIAL') ? 'other' : 'plain';
}

/** The last part of a name that may have its database in front. */
function readName(tokens: readonly Token[], at: number): { name: string; next: number } {
  const token = tokens[at];
  if (token?.kind !== 'word' && token?.kind !== 'name')
    throw new Refusal('a name is missing in it');
  if (isSign(tokens[at + 1], '.')) return readName(tokens, at + 2);
  return { name: token.text, next: at + 1 };
}

function readColumns(tokens: readonly Token[], open: number): string[] {
  const close = closingOf(tokens, open);
  if (!isSign(tokens[open], '(') || close < 0) throw new Refusal('it names no columns');
  return splitByComma(tokens.slice(open + 1, close)).map(([first]) => {
    if (first?.kind === 'word' || first?.kind === 'name') return first.text;
    throw new Refusal('it is on an expression');
  });
}
