import { childrenOf } from '../../../config/php/literal.ts';
import { isNode, lineOf } from '../../../config/php/parse.ts';
import type { PhpNode } from '../../../config/php/parse.ts';

/** An index as a list in PHP source names it. */
export interface ListedIndex {
  readonly line: number | null;
  readonly table: string;
  readonly index: string | null;
  readonly columns: readonly string[];
}

/**
 * Index lists of a script that makes its statements in a loop: each array that names tables and columns in one of
 * the ways that people write it. Other arrays look alike, so the caller keeps those that name a table which is there.
 *
 *     ['users' => ['email', ['a', 'b'], 'idx_x' => 'a, b']]
 *     [['users', 'idx_email', 'email'], ['table' => 'users', 'columns' => 'email', 'name' => 'idx_email']]
 */
export function findIndexLists(statements: readonly PhpNode[]): ListedIndex[][] {
  const lists: ListedIndex[][] = [];
  const walk = (node: PhpNode): void => {
    const list = node.kind === 'array' ? readList(node) : [];
    if (list.length > 0) lists.push(list);
    else for (const child of childrenOf(node)) walk(child);
  };
  for (const statement of statements) walk(statement);
  return lists;
}

interface Entry {
  readonly key: string | null;
  readonly value: PhpNode;
  readonly line: number | null;
}

function readList(array: PhpNode): ListedIndex[] {
  return entriesOf(array).flatMap((entry): ListedIndex[] => {
    if (entry.key === null) return readRecord(entry);
    return isName(entry.key) ? readOfTable(entry.key, entry.value) : [];
  });
}

/** `['users', 'idx_email', 'email']` or `['table' => 'users', 'columns' => …]` */
function readRecord({ value, line }: Entry): ListedIndex[] {
  if (value.kind !== 'array') return [];
  const entries = entriesOf(value);
  const named = (...keys: string[]): Entry | undefined =>
    entries.find(({ key }) => key !== null && keys.includes(key.toLowerCase()));
  const [table, columns, index] = entries.every(({ key }) => key === null)
    ? [entries[0], entries.at(-1), entries.length === 3 ? entries[1] : undefined]
    : [
        named('table'),
        named('columns', 'column', 'fields', 'field'),
        named('name', 'index', 'index_name', 'key'),
      ];
  const tableName = table && textOf(table.value);
  const names = columns && columns !== table ? columnsOf(columns.value) : null;
  if (!tableName || !isName(tableName) || !names) return [];
  return [
    { line, table: tableName, index: (index && textOf(index.value)) ?? null, columns: names },
  ];
}

/** What stands behind the name of a table: a column, or a list of columns and of lists of columns. */
function readOfTable(table: string, value: PhpNode): ListedIndex[] {
  if (value.kind !== 'array') {
    const columns = columnsOf(value);
    return columns ? [{ line: lineOf(value), table, index: null, columns }] : [];
  }
  return entriesOf(value).flatMap((entry): ListedIndex[] => {
    const columns = columnsOf(entry.value);
    return columns ? [{ line: entry.line, table, index: entry.key, columns }] : [];
  });
}

/** `email`, `user_id, created_at`, `idx_email (email)`, or a list of names; null for anything else. */
function columnsOf(value: PhpNode): string[] | null {
  const texts =
    value.kind === 'array'
      ? entriesOf(value).map((entry) => textOf(entry.value))
      : (textOf(value)
          ?.replace(/^[^(]*\((.*)\)\s*$/s, '$1')
          .split(',') ?? [null]);
  const names = texts.map((text) => text?.trim().replaceAll('`', '') ?? '');
  return names.length > 0 && names.every(isName) ? names : null;
}

function entriesOf(array: PhpNode): Entry[] {
  const items = Array.isArray(array['items']) ? (array['items'] as unknown[]) : [];
  return items.flatMap((item): Entry[] => {
    if (!isNode(item)) return [];
    const value = item.kind === 'entry' ? item['value'] : item;
    const key = item['key'];
    if (!isNode(value)) return [];
    return [{ key: isNode(key) ? textOf(key) : null, value, line: lineOf(item) ?? lineOf(value) }];
  });
}

function textOf(node: PhpNode): string | null {
  return node.kind === 'string' ? String(node['value']) : null;
}

function isName(text: string): boolean {
  return /^\w{1,64}$/.test(text);
}
