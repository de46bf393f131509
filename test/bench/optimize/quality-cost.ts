import { quoteName } from '../../../src/database/identifiers.ts';
import type { Session } from '../../../src/database/types.ts';
import type { Query } from '../../../src/optimizer/sql/query.ts';

/** What a statement did, once. */
export interface Execution {
  /** Index names in its plan. */
  readonly keys: ReadonlySet<string>;
  readonly cost: number;
}

/** What the server counted and this cost adds up; SHOW STATUS names them so. */
const counted = ['Handler_read_', 'Handler_tmp_write', 'Sort_rows'];

/**
 * Executes a statement and adds up what does not depend on the machine: rows and index entries read (Handler_read_…),
 * entries that an index condition turned away (Handler_icp_attempts less Handler_icp_match), rows written to temporary
 * tables (Handler_tmp_write), rows sorted (Sort_rows), and a further read for each look from an entry of a secondary
 * index into the table (r_loops times r_rows of ANALYZE FORMAT=JSON where the index does not hold all columns).
 * @param ignored names of indexes, each on one of the query's tables, that the server shall do without
 */
export async function execute(
  session: Session,
  query: Query,
  ignored: ReadonlyMap<string, readonly string[]>,
): Promise<Execution> {
  await session.write('/* scalectl:bench */ FLUSH STATUS');
  const [row] = await session.read<{ ANALYZE: string }>(
    `/* scalectl:bench */ ANALYZE FORMAT=JSON ${ignoring(query, ignored)}`,
  );
  const status = await session.read<{ Variable_name: string; Value: string }>(
    "/* scalectl:bench */ SHOW SESSION STATUS WHERE Variable_name LIKE 'Handler%' OR Variable_name LIKE 'Sort%'",
  );
  const values = new Map(status.map((entry) => [entry.Variable_name, Number(entry.Value)]));
  const told = row?.ANALYZE ?? '';
  const turnedAway =
    (values.get('Handler_icp_attempts') ?? 0) - (values.get('Handler_icp_match') ?? 0);
  const read = [...values]
    .filter(([name]) => counted.some((start) => name.startsWith(start)))
    .reduce((sum, [, value]) => sum + value, 0);
  return {
    keys: new Set([...told.matchAll(/"key": "([^"]*)"/g)].map(([, key]) => key ?? '')),
    cost: read + turnedAway + lookups(JSON.parse(told)),
  };
}

function ignoring(query: Query, ignored: ReadonlyMap<string, readonly string[]>): string {
  return [...query.tables]
    .sort((a, b) => b.hintOffset - a.hintOffset)
    .reduce((text, { table, hintOffset }) => {
      const names = ignored.get(table.name) ?? [];
      if (names.length === 0) return text;
      const hint = ` IGNORE INDEX (${names.map(quoteName).join(', ')})`;
      return text.slice(0, hintOffset) + hint + text.slice(hintOffset);
    }, query.text);
}

function lookups(plan: unknown): number {
  if (typeof plan !== 'object' || plan === null) return 0;
  const inner = Object.values(plan).reduce<number>((sum, part) => sum + lookups(part), 0);
  if (!('table_name' in plan)) return inner;
  const table = plan as Record<string, unknown>;
  const { key, r_loops: loops, r_rows: rows } = table;
  const isLookup = key !== 'PRIMARY' && (key !== undefined || 'index_merge' in table);
  if (!isLookup || table['using_index'] === true) return inner;
  return inner + Math.round(Number(loops ?? 0) * Number(rows ?? 0));
}
