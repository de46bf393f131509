import type { Column, Index, Schema, Table } from '../schema.ts';

export interface PartitionVerdict {
  readonly table: string;
  /** The column that months would be told by. */
  readonly column: string;
  readonly rows: number;
  /** It could be partitioned by month as it stands. */
  readonly eligible: boolean;
  readonly blockers: readonly PartitionBlocker[];
  /** The statement of a conversion, where it is possible as the table stands; see `withConversions`. */
  readonly sql: readonly string[];
}

export interface PartitionBlocker {
  readonly kind:
    | 'foreign-key'
    | 'referenced-by'
    | 'unique-without-date'
    | 'numbered-key'
    | 'nullable-date'
    | 'timestamp'
    | 'generated-date'
    | 'engine'
    | 'special-index'
    | 'already-partitioned';
  /** The foreign key, index or column. */
  readonly name: string;
  readonly message: string;
}

/** For each table with a date: whether it can have monthly partitions, and everything that stands against it. */
export function judgePartitions(schema: Schema): PartitionVerdict[] {
  return [...schema.tables.values()].flatMap((table) => {
    const column = dateColumnOf(table);
    if (!column) return [];
    const blockers = blockersOf(table, column);
    return [
      {
        table: table.name,
        column: column.name,
        rows: table.rows,
        eligible: blockers.every(({ kind }) => isOnlyTold(kind)),
        blockers,
        sql: [],
      },
    ];
  });
}

/**
 * Told, and no reason against it: a TIMESTAMP only asks for UNIX_TIMESTAMP() in the bounds, and a key that the server
 * numbers stays unique when the date is added to it.
 */
export function isOnlyTold(kind: PartitionBlocker['kind']): boolean {
  return kind === 'timestamp' || kind === 'numbered-key';
}

/** When a row came to be, rather than when it was changed: rows must not move between months. */
export function dateColumnOf(table: Table): Column | undefined {
  const dates = table.columns.filter((column) =>
    ['date', 'datetime', 'timestamp'].includes(column.dataType),
  );
  const isOfCreation = (column: Column): boolean =>
    /created|_date$|_at$|_on$|^date/i.test(column.name) && !isOfChange(column);
  return dates.find(isOfCreation) ?? dates.find((column) => !isOfChange(column)) ?? dates[0];
}

function isOfChange(column: Column): boolean {
  return /updat|modif|delet|verif|approv|repl|expir|last/i.test(column.name);
}

/** Everything that stands against months by this column, or is to be known of it. */
export function blockersOf(table: Table, date: Column): PartitionBlocker[] {
  const blockers: PartitionBlocker[] = [];
  if (table.isPartitioned) {
    blockers.push({
      kind: 'already-partitioned',
      name: table.name,
      message: 'it has partitions already',
    });
  }
  if (table.engine.toLowerCase() !== 'innodb') {
    blockers.push({
      kind: 'engine',
      name: table.engine,
      message: `its engine is ${table.engine}, not InnoDB`,
    });
  }
  for (const key of table.foreignKeys) {
    blockers.push({
      kind: 'foreign-key',
      name: key.name,
      message: `its foreign key ${key.name} points at ${key.referencedTable}`,
    });
  }
  for (const key of table.referencedBy.filter((other) => other.table !== table.name)) {
    blockers.push({
      kind: 'referenced-by',
      name: key.name,
      message: `the foreign key ${key.name} of ${key.table} points at it`,
    });
  }
  for (const index of table.indexes) {
    const blocker = blockerOf(table, index, date);
    if (blocker) blockers.push(blocker);
  }
  if (date.isNullable) {
    blockers.push({
      kind: 'nullable-date',
      name: date.name,
      message: `${date.name} may be NULL`,
    });
  }
  if (date.generated !== null) {
    blockers.push({
      kind: 'generated-date',
      name: date.name,
      message: `${date.name} is a generated column`,
    });
  }
  if (date.dataType === 'timestamp') {
    blockers.push({
      kind: 'timestamp',
      name: date.name,
      message: `${date.name} is a TIMESTAMP: the months must be told by UNIX_TIMESTAMP()`,
    });
  }
  return blockers;
}

function blockerOf(table: Table, index: Index, date: Column): PartitionBlocker | null {
  if (index.type === 'FULLTEXT' || index.type === 'SPATIAL' || index.type === 'RTREE') {
    return {
      kind: 'special-index',
      name: index.name,
      message: `${index.name} is a ${index.type} index`,
    };
  }
  if (!index.isUnique || index.parts.some((part) => part.column === date.name)) return null;
  if (index.isPrimary && isNumbered(table, index)) {
    const names = index.parts.map(({ column }) => column ?? '');
    return {
      kind: 'numbered-key',
      name: index.name,
      message: `the primary key becomes (${[...names, date.name].join(', ')}); ${names.join(', ')} stays unique, as the server numbers it`,
    };
  }
  return {
    kind: 'unique-without-date',
    name: index.name,
    message: `${index.isPrimary ? 'the primary key' : `UNIQUE ${index.name}`} does not hold ${date.name}`,
  };
}

/** AUTO_INCREMENT alone: the server gives each row a number of its own. */
function isNumbered(table: Table, index: Index): boolean {
  const [part, ...others] = index.parts;
  const column = table.columns.find(({ name }) => name === part?.column);
  return others.length === 0 && column?.isAutoIncrement === true;
}
