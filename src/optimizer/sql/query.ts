import type { Schema } from '../schema.ts';
import { readClauses } from './clauses.ts';
import type { SelectItem } from './clauses.ts';
import { readConditions } from './conditions.ts';
import type { Condition } from './conditions.ts';
import { readExpression } from './expression.ts';
import type { ColumnName, Expression } from './expression.ts';
import { Names } from './names.ts';
import type { ColumnUse, QueryTable } from './names.ts';
import { Refusal } from './refusal.ts';
import { TokenError, tokenize } from './tokenize.ts';
import type { Token } from './tokenize.ts';

/** A SELECT whose tables and columns are known: what an index could serve in it. */
export interface Query {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly tables: readonly QueryTable[];
  readonly conditions: readonly Condition[];
  /** null for an expression, which no plain index serves. */
  readonly groupBy: readonly (ColumnUse | null)[];
  readonly orderBy: readonly { column: ColumnUse | null; isDescending: boolean }[];
  readonly isDistinct: boolean;
  readonly hasAggregate: boolean;
  /** A LIMIT that lets the server stop early. */
  readonly hasLimit: boolean;
  readonly limit: readonly Token[] | null;
}

/**
 * Reads a statement against a schema.
 * @throws Refusal when the statement is not understood, or must not be executed
 */
export function readQuery(text: string, schema: Schema): Query {
  const tokens = readTokens(text);
  const clauses = readClauses(tokens);
  const names = new Names(schema, clauses);
  const items = clauses.items.map((item) => readSelectItem(item, names));
  const output = (expression: Expression, from: 'column' | 'alias'): ColumnUse | null =>
    outputColumn(expression, items, names, from);
  const conditions = [
    ...clauses.conditions.flatMap((condition) => readConditions(condition, names)),
    ...clauses.using.flatMap((use) => names.joinUsing(use)),
  ];
  const groupBy = clauses.groupBy.map((part) => output(readExpression(part), 'column'));
  const orderBy = clauses.orderBy.map(({ tokens: part, isDescending }) => ({
    column: output(readExpression(part), 'alias'),
    isDescending,
  }));
  const having = clauses.having.length > 0 ? readExpression(clauses.having) : null;
  for (const name of having?.columns ?? []) {
    if (!items.some((item) => isNamed(item.alias, name))) names.use(name);
  }
  return {
    text,
    tokens,
    tables: names.tables(),
    conditions,
    groupBy,
    orderBy,
    isDistinct: clauses.isDistinct,
    hasAggregate:
      items.some((item) => item.expression?.hasAggregate) || having?.hasAggregate === true,
    hasLimit: clauses.limit !== null && !clauses.countsAllRows,
    limit: clauses.limit,
  };
}

function readTokens(text: string): Token[] {
  try {
    return tokenize(text);
  } catch (error) {
    if (error instanceof TokenError) throw new Refusal(error.message, { cause: error });
    throw error;
  }
}

interface Item {
  alias: string | null;
  expression: Expression | null;
}

function readSelectItem(item: SelectItem, names: Names): Item {
  if (item.star !== undefined) {
    names.useAll(item.star);
    return { alias: null, expression: null };
  }
  const expression = readExpression(item.tokens);
  for (const name of expression.columns) names.use(name);
  return { alias: item.alias, expression };
}

/**
 * The column behind a part of GROUP BY or ORDER BY, which may be a column, a new name of the select list or a
 * position in it. GROUP BY looks for a column first, ORDER BY for a new name.
 */
function outputColumn(
  expression: Expression,
  items: readonly Item[],
  names: Names,
  first: 'column' | 'alias',
): ColumnUse | null {
  const [token] = expression.tokens;
  if (expression.tokens.length === 1 && token?.kind === 'number') {
    const column = items[Number(token.text) - 1]?.expression?.column;
    return column ? names.use(column) : null;
  }
  const { column } = expression;
  const named = column && items.find((item) => isNamed(item.alias, column))?.expression;
  if (column && named && (first === 'alias' || !names.has(column))) {
    return named.column ? names.use(named.column) : null;
  }
  for (const name of expression.columns) {
    if (!items.some((item) => isNamed(item.alias, name)) || names.has(name)) names.use(name);
  }
  return column ? names.use(column) : null;
}

function isNamed(alias: string | null, name: ColumnName): boolean {
  return name.qualifier === null && alias?.toLowerCase() === name.column.toLowerCase();
}
