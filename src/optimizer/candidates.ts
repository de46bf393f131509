import type { JudgedStatement } from './evidence/statements.ts';
import { rowsExamined } from './explain.ts';
import type { TableAccess } from './explain.ts';
import { partsFor } from './index-shape.ts';
import type { Column, IndexPart, Table } from './schema.ts';
import { clusteredParts, isServed } from './served.ts';
import type { ColumnUse, QueryTable } from './sql/names.ts';
import type { Query } from './sql/query.ts';

/** An index that one statement would be served by. */
export interface Candidate {
  readonly table: Table;
  readonly parts: readonly IndexPart[];
  /** So many parts at the beginning are each equal to one value: they serve the statement in any order. */
  readonly freeParts: number;
  /** Of use only where the optimizer can begin at another table, which may take an index too: tried after the others. */
  readonly isFollowing: boolean;
  readonly statement: JudgedStatement;
  /** What the index would save, in words that follow "with it the server". */
  readonly benefit: string;
}

/** Below this many rows read by a statement, and of a table in it, no index is worth its upkeep. */
const leastRowsRead = { byStatement: 100, ofTable: 20 };
/** From this many rows on, an index that holds all that is read saves a look into the table for each of them. */
const leastRowsToCover = 1000;
const mostCoveringParts = 4;

/**
 * The indexes that a statement's plan asks for, by the order in which an index is searched: columns that are equal
 * to one value, then those it groups or sorts by (only before a LIMIT: without one all rows are read anyway), or one
 * range. Whether the optimizer will take them, and whether that helps, only a trial tells.
 */
export function findCandidates(statement: JudgedStatement): Candidate[] {
  const isSmall = rowsExamined(statement.plan) < leastRowsRead.byStatement;
  return statement.plan.flatMap((access, position) => {
    if (access.table === null || ['system', 'const', 'eq_ref'].includes(access.type)) return [];
    // The estimate for merged indexes is what is left after merging, not what is read for it.
    const isMerge = access.type === 'index_merge';
    const isCostly = isMerge || (!isSmall && access.examined >= leastRowsRead.ofTable);
    return isCostly ? ofTable(statement, access, position) : [];
  });
}

/** Columns of an index, and what it is for. */
interface Wanted {
  /** Each equal to one value. */
  equal: readonly Column[];
  /** What comes after them, in this order. */
  then: readonly Column[];
  benefit: string;
  isFollowing?: boolean;
}

function ofTable(statement: JudgedStatement, access: TableAccess, position: number): Candidate[] {
  const { query } = statement;
  const number = access.table ?? -1;
  const entry = query.tables[number];
  if (!entry) return [];
  const before = statement.plan.slice(0, position).map((earlier) => earlier.table);
  const searched = searchedColumns(query, number, before);
  if (access.type === 'ALL' && searched.equal.length + searched.ranges.length === 0) {
    const later = statement.plan.slice(position + 1);
    const turned = later.flatMap((other) => joinTurned(statement, number, other));
    if (turned.length > 0) return turned;
  }
  const equal = inSearchOrder(entry.table, searched.equal);
  const ordered = position === 0 ? orderedColumns(query, number, equal) : [];
  return toCandidates(statement, entry.table, [
    ...ordered,
    ...lookups(equal, searched.ranges, ordered.length > 0),
    ...coverings(query, entry, equal, access),
  ]);
}

function toCandidates(
  statement: JudgedStatement,
  table: Table,
  wanted: readonly Wanted[],
): Candidate[] {
  return wanted.flatMap(({ equal, then, benefit, isFollowing = false }) => {
    const columns = withoutRepeats([...equal, ...then]);
    const parts = partsFor(table, namesOf(columns));
    if (parts === null || isServed(table, parts, equal.length)) return [];
    // A text that is held by a prefix stays at the end.
    const isWhole = parts.every((part) => part.prefixLength === null);
    return [
      { table, parts, freeParts: isWhole ? equal.length : 0, isFollowing, statement, benefit },
    ];
  });
}

/**
 * A join that reads all rows of one table, and for each of them looks into another one that the statement narrows:
 * from that one to the first there is no index. With one the server can begin where there are few rows.
 */
function joinTurned(statement: JudgedStatement, number: number, other: TableAccess): Candidate[] {
  const { query } = statement;
  const narrow = other.table ?? -1;
  const [wide, entry] = [query.tables[number], query.tables[narrow]];
  if (!wide || !entry || other.type !== 'eq_ref') return [];
  const { equal: links } = searchedColumns(query, number, [narrow]);
  const searched = searchedColumns(query, narrow, []);
  if (links.length === 0 || searched.equal.length + searched.ranges.length === 0) return [];
  const equal = inSearchOrder(entry.table, searched.equal);
  const ordered = orderedColumns(query, narrow, equal);
  return [
    ...toCandidates(statement, entry.table, [
      ...ordered,
      ...lookups(equal, searched.ranges, ordered.length > 0),
    ]),
    ...toCandidates(statement, wide.table, [
      {
        equal: inSearchOrder(wide.table, links),
        then: [],
        benefit: `finds the rows that belong to those of ${entry.table.name}, and can begin there`,
        isFollowing: true,
      },
    ]),
  ];
}

/** Only the table that is read first gives the result its order. */
function orderedColumns(query: Query, number: number, equal: readonly Column[]): Wanted[] {
  const sorted = sortedColumns(query, number);
  const grouped = groupedColumns(query, number);
  const used = query.tables[number]?.columns ?? [];
  const wanted: Wanted[] = [];
  if (sorted) {
    wanted.push({
      equal,
      then: sorted,
      benefit: 'reads the rows in their order and stops at the LIMIT',
    });
  }
  if (grouped && (equal.length > 0 || used.every((column) => grouped.includes(column)))) {
    wanted.push({
      equal,
      then: grouped,
      benefit: 'reads each group in one place, without a temporary table',
    });
  }
  return wanted;
}

function lookups(
  equal: readonly Column[],
  ranges: readonly Column[],
  isOrdered: boolean,
): Wanted[] {
  if (ranges.length > 0) {
    return ranges.map((range) => ({
      equal,
      then: [range],
      benefit: 'reads only the rows in the range',
    }));
  }
  return equal.length > 0 && !isOrdered
    ? [{ equal, then: [], benefit: 'reads only the rows that match' }]
    : [];
}

/** Where an index finds the rows already, one that holds all that is read of them too. */
function coverings(
  query: Query,
  entry: QueryTable,
  equal: readonly Column[],
  access: TableAccess,
): Wanted[] {
  // A sort before a LIMIT over joined tables is a matter of the join's order, which covering does not change.
  if (query.hasLimit && !query.hasAggregate) return [];
  const columns = coveringColumns(entry, equal, access);
  const parts = partsFor(entry.table, namesOf(equal));
  return columns && parts && isServed(entry.table, parts, equal.length)
    ? [
        {
          equal,
          then: columns,
          benefit:
            'finds all that it reads in the index, without a look into the table for each row',
        },
      ]
    : [];
}

function namesOf(columns: readonly Column[]): string[] {
  return columns.map(({ name }) => name);
}

interface Searched {
  equal: Column[];
  ranges: Column[];
}

/** Columns of a table that the statement compares with values, or with tables that are read before. */
function searchedColumns(
  query: Query,
  table: number,
  before: readonly (number | null)[],
): Searched {
  const equal = new Set<Column>();
  const ranges = new Set<Column>();
  for (const condition of query.conditions) {
    switch (condition.kind) {
      case 'equal':
        if (condition.column.table === table) equal.add(condition.column.column);
        break;
      case 'in':
      case 'range':
        if (condition.column.table === table) ranges.add(condition.column.column);
        break;
      case 'join':
        for (const [own, other] of [
          [condition.left, condition.right],
          [condition.right, condition.left],
        ] as const) {
          if (own.table === table && before.includes(other.table)) equal.add(own.column);
        }
        break;
      case 'other':
        break;
    }
  }
  return {
    equal: [...equal],
    ranges: [...ranges].filter((column) => !equal.has(column)),
  };
}

/** Columns of ORDER BY before a LIMIT, when all are of this table and go the same way. */
function sortedColumns(query: Query, table: number): Column[] | null {
  if (!query.hasLimit || query.orderBy.length === 0 || query.groupBy.length > 0) return null;
  const isOneWay = new Set(query.orderBy.map((part) => part.isDescending)).size === 1;
  return isOneWay
    ? columnsOfTable(
        query.orderBy.map((part) => part.column),
        table,
      )
    : null;
}

/** Columns of GROUP BY, when all are of this table; with a whole key among them each group is one row already. */
function groupedColumns(query: Query, number: number): Column[] | null {
  const columns = query.groupBy.length > 0 ? columnsOfTable(query.groupBy, number) : null;
  const names = columns?.map((column) => column.name) ?? [];
  const isOneRow = query.tables[number]?.table.indexes.some(
    (index) => index.isUnique && index.parts.every((part) => names.includes(part.column ?? '')),
  );
  return isOneRow ? null : columns;
}

function columnsOfTable(uses: readonly (ColumnUse | null)[], table: number): Column[] | null {
  const columns = uses.flatMap((use) => (use?.table === table ? use.column : []));
  return columns.length === uses.length ? columns : null;
}

/** The columns searched and all others that are read, where these are few. */
function coveringColumns(
  { table, columns: used }: QueryTable,
  equal: readonly Column[],
  access: TableAccess,
): Column[] | null {
  const added = used.filter((column) => !isInEveryIndex(table, column));
  const columns = withoutRepeats([...equal, ...added]);
  const isWorthIt = access.examined >= leastRowsToCover && !access.isCovering && equal.length > 0;
  const isNarrow = columns.every((column) => (column.maxBytes ?? 8) <= 255);
  return isWorthIt && isNarrow && columns.length <= mostCoveringParts ? columns : null;
}

/** InnoDB keeps the primary key at the end of every index. */
function isInEveryIndex(table: Table, column: Column): boolean {
  return clusteredParts(table).some((part) => part.column === column.name);
}

/**
 * Among columns that are each equal to one value any order serves; the one with the most different values first
 * lets the index serve other statements too, and makes one index of several candidates.
 */
function inSearchOrder(table: Table, columns: readonly Column[]): Column[] {
  return [...columns].sort((a, b) => distinctValues(table, b) - distinctValues(table, a));
}

function distinctValues(table: Table, column: Column): number {
  const known = table.indexes.find(
    (index) => index.parts.length === 1 && index.parts[0]?.column === column.name,
  )?.cardinality;
  if (known) return known;
  return ['enum', 'set', 'tinyint', 'bit', 'year'].includes(column.dataType) ? 3 : 1000;
}

function withoutRepeats(columns: readonly Column[]): Column[] {
  return [...new Set(columns)];
}
