import type { JudgedStatement } from './evidence/statements.ts';
import type { QueryTable } from './sql/names.ts';
import type { Query } from './sql/query.ts';
import { isWord } from './sql/tokenize.ts';

/** A statement that should be read from the table of its ORDER BY, and is not. */
export interface OrderFirst {
  /** The table whose order is wanted. */
  readonly table: string;
  readonly column: string;
  /** Its index that has the order. */
  readonly index: string;
  /** The table that the server begins with. */
  readonly first: string;
  /** The statement with STRAIGHT_JOIN, which reads the tables in the order in which they are written. */
  readonly rewritten: string;
}

/**
 * The join order trap: `… FROM orders o JOIN users u … ORDER BY o.order_date DESC LIMIT 50`. The server believes that
 * it saves by beginning at the small table, and then has to join and sort every row before it can cut.
 * @returns null when the statement is not of that kind, or the order it wants is not that of its first table
 */
export function findOrderFirst({ query, plan }: JudgedStatement): OrderFirst | null {
  const [order] = query.orderBy;
  const wanted = order?.column?.table;
  if (!query.hasLimit || query.tables.length < 2 || wanted === undefined) return null;
  if (query.hasAggregate || query.isDistinct || query.groupBy.length > 0) return null;
  const isOneTable = query.orderBy.every(
    ({ column, isDescending }) => column?.table === wanted && isDescending === order?.isDescending,
  );
  const [access] = plan;
  const isTrapped = plan.some(({ sorts }) => sorts) && access?.table !== wanted;
  const table = query.tables[wanted];
  // STRAIGHT_JOIN begins with the table that is written first.
  if (!isOneTable || !isTrapped || !table || wanted !== 0) return null;
  const index = indexInOrder(table, query);
  const first = access?.table === null || access === undefined ? null : query.tables[access.table];
  return index === undefined || !first
    ? null
    : {
        table: table.table.name,
        column: order?.column?.column.name ?? '',
        index,
        first: first.table.name,
        rewritten: withStraightJoin(query),
      };
}

function indexInOrder({ table }: QueryTable, { orderBy }: Query): string | undefined {
  return table.indexes.find(
    (index) =>
      index.type === 'BTREE' &&
      !index.isHidden &&
      orderBy.every(({ column }, i) => {
        const part = index.parts[i];
        return (
          part?.column === column?.column.name && part?.prefixLength === null && !part.isDescending
        );
      }),
  )?.name;
}

function withStraightJoin({ text, tokens }: Query): string {
  const [select] = tokens;
  if (!isWord(select, 'SELECT')) throw new Error('a query that was read begins with SELECT');
  const end = select?.end ?? 0;
  return `${text.slice(0, end)} STRAIGHT_JOIN${text.slice(end)}`;
}
