import { quoteName } from '../../../database/identifiers.ts';
import type { Session } from '../../../database/types.ts';
import { ScalectlError } from '../../../errors.ts';
import { ownRows } from '../../evidence/not-workload.ts';
import { primaryKeyOf } from '../../schema.ts';
import type { Table } from '../../schema.ts';
import { literalSql } from './literals.ts';

/** Characters of one read, so that long rows do not fill the memory. */
const wantedCharacters = 2 ** 20;
const rowsAtOnce = { first: 100, most: 5000 };

/** Columns whose values are written; the server makes the generated ones anew. */
export function writtenColumns(table: Table): Table['columns'] {
  return table.columns.filter(({ generated }) => generated === null);
}

/**
 * The rows of a partition in the order of its primary key, some at a time, each as `(1,'a',NULL)`.
 * @throws ScalectlError `operation-failed` where the server cannot write a value as text
 */
export async function* readRows(
  session: Session,
  table: Table,
  partition: string,
  signal: AbortSignal,
): AsyncGenerator<string[]> {
  const columns = writtenColumns(table);
  const selected = columns.map((column, i) => `${literalSql(column)} AS c${i}`);
  const key = (primaryKeyOf(table)?.parts ?? []).map(({ column }) => column ?? '');
  const positions = key.map((name) => columns.findIndex((column) => column.name === name));
  const order = key.map(quoteName).join(', ');
  let after: string[] | null = null;
  let size = rowsAtOnce.first;
  for (;;) {
    const where: string = after === null ? '' : ` WHERE ${behindSql(key, after)}`;
    const found = await session.read<Record<string, unknown>>(
      `/* scalectl:optimize-db */ SELECT ${selected.join(', ')}
       FROM ${quoteName(table.name)} PARTITION (${quoteName(partition)}) ${ownRows}${where} ORDER BY ${order} LIMIT ${size}`,
      [],
      { timeoutMs: 0, signal },
    );
    const rows = found.map((row) => columns.map(({ name }, i) => textOf(row[`c${i}`], name)));
    const last = rows.at(-1);
    if (!last) return;
    const lines = rows.map((row) => `(${row.join(',')})`);
    yield lines;
    if (rows.length < size) return;
    after = positions.map((i) => last[i] ?? '');
    const characters = lines.reduce((sum, line) => sum + line.length, 0) / lines.length;
    size = Math.min(
      rowsAtOnce.most,
      2 * size,
      Math.max(1, Math.floor(wantedCharacters / characters)),
    );
  }
}

/** `a >= 1 AND (a > 1 OR (a = 1 AND b > 2))`: servers find the place in an index by the first part alone. */
function behindSql(key: readonly string[], after: readonly string[]): string {
  const [first = ''] = key;
  const behind = (i: number): string => {
    const column = quoteName(key[i] ?? '');
    const is = `${column} > ${after[i]}`;
    return i === key.length - 1 ? is : `(${is} OR (${column} = ${after[i]} AND ${behind(i + 1)}))`;
  };
  return `${quoteName(first)} >= ${after[0]} AND ${behind(0)}`;
}

function textOf(value: unknown, column: string): string {
  if (typeof value === 'string') return value;
  throw new ScalectlError('operation-failed', `the server cannot write out a value of ${column}`, {
    hint: 'Is it longer than max_allowed_packet?',
  });
}
