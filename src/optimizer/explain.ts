import type { Flavor } from '../database/flavor.ts';
import type { ReadOptions, Session } from '../database/types.ts';
import { formatNumber } from '../output/text.ts';
import type { Query } from './sql/query.ts';

/** How the server reads one table of a statement. */
export interface TableAccess {
  /** Number of the table in the query's list; null for a derived one. */
  readonly table: number | null;
  /** EXPLAIN's words: `ALL` reads the table, `index` a whole index, `ref` the rows of a value, `eq_ref` one row … */
  readonly type: string;
  /** The index that is used; several, with commas, when they are merged. */
  readonly key: string | null;
  /** Rows read each time, by the server's estimate. */
  readonly rows: number;
  /** Rows read altogether: each time, and once for every row of the tables before. */
  readonly examined: number;
  /** Those of them that the conditions leave. */
  readonly passed: number;
  readonly isCovering: boolean;
  readonly sorts: boolean;
  readonly usesTemporary: boolean;
}

interface ExplainRow {
  table: string | null;
  type: string | null;
  key: string | null;
  rows: number | string | null;
  filtered: number | string | null;
  Extra: string | null;
}

/**
 * Asks the server how it would execute a statement. The plan comes as rows, not as JSON: MariaDB and MySQL each have
 * their own JSON, which changed between versions (MySQL has two by now), while the rows have stayed the same.
 * @throws ScalectlError `statement-failed` when the server does not take the statement
 */
export async function explainQuery(
  session: Session,
  flavor: Flavor,
  query: Query,
  options: ReadOptions = {},
): Promise<TableAccess[]> {
  const rows = await session.read<ExplainRow>(
    `/* scalectl:optimize-db */ ${flavor.explainAsRows} ${query.text}`,
    [],
    options,
  );
  let loops = 1;
  return rows.map((row) => {
    const each = Number(row.rows ?? 0);
    const examined = loops * each;
    const passed = examined * (Number(row.filtered ?? 100) / 100);
    loops = Math.max(1, passed);
    const extra = row.Extra ?? '';
    const found = query.tables.findIndex(
      (entry) => entry.alias.toLowerCase() === row.table?.toLowerCase(),
    );
    return {
      table: found < 0 ? null : found,
      type: row.type ?? '',
      key: row.key,
      rows: each,
      examined,
      passed,
      isCovering: /Using index(;|$)/.test(extra),
      sorts: /Using filesort/.test(extra),
      usesTemporary: /Using temporary/.test(extra),
    };
  });
}

/** Rows that a statement reads altogether. */
export function rowsExamined(plan: readonly TableAccess[]): number {
  return plan.reduce((sum, access) => sum + access.examined, 0);
}

/** Rows that a statement finds, before it groups or cuts them. */
export function rowsFound(plan: readonly TableAccess[]): number {
  return plan.at(-1)?.passed ?? 0;
}

/** `reads all 442 rows of retailer_applications, sorts` */
export function describePlan(query: Query, plan: readonly TableAccess[]): string {
  const steps = plan.map((access) => {
    const name = access.table === null ? 'a temporary table' : query.tables[access.table]?.alias;
    return `${describeAccess(access)} of ${name ?? 'a table'}`;
  });
  const does = [
    ...steps,
    ...(plan.some((access) => access.usesTemporary) ? ['makes a temporary table'] : []),
    ...(plan.some((access) => access.sorts) ? ['sorts'] : []),
  ];
  return does.join(', ');
}

function describeAccess({ type, key, rows }: TableAccess): string {
  const count = formatNumber(rows);
  switch (type) {
    case 'ALL':
      return `reads all ${count} rows`;
    case 'index':
      return `reads all ${count} entries of ${key ?? 'an index'}`;
    case 'index_merge':
      return `merges ${key ?? 'indexes'}, ${count} rows`;
    case 'system':
    case 'const':
    case 'eq_ref':
      return `finds one row by ${key ?? 'a key'}`;
    default:
      return `reads ${count} rows by ${key ?? 'a key'}`;
  }
}
