import { ownTablePattern } from '../database/identifiers.ts';
import type { Database } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';

export interface DatabaseCounters {
  /** SHOW GLOBAL STATUS, by name in lower case. */
  status: ReadonlyMap<string, number>;
  /** SHOW GLOBAL VARIABLES that the checks use. */
  variables: ReadonlyMap<string, string>;
  /** The platform's statements by performance_schema; or why they are not measurable. */
  statements: { count: number; totalMs: number } | { reason: string; advice: string };
}

/** One reading of the server's counters: three statements. */
export async function readDatabaseCounters(
  database: Database,
  signal: AbortSignal,
): Promise<DatabaseCounters> {
  const [status, variables] = await Promise.all([
    database.read<{ Variable_name: string; Value: string }>(
      '/* scalectl:health */ SHOW GLOBAL STATUS',
      [],
      { signal },
    ),
    database.read<{ Variable_name: string; Value: string }>(
      `/* scalectl:health */ SHOW GLOBAL VARIABLES WHERE Variable_name IN
       ('max_connections', 'performance_schema', 'read_only', 'long_query_time', 'innodb_buffer_pool_size')`,
      [],
      { signal },
    ),
  ]);
  const named = new Map(variables.map((row) => [row.Variable_name.toLowerCase(), row.Value]));
  return {
    status: new Map(status.map((row) => [row.Variable_name.toLowerCase(), Number(row.Value)])),
    variables: named,
    statements:
      named.get('performance_schema') === 'ON'
        ? await readStatements(database, signal)
        : {
            reason: 'performance_schema is off',
            advice:
              'Set performance_schema = ON in the server configuration and restart the server.',
          },
  };
}

/**
 * Statements on the platform's database, without scalectl's own: those work on scalectl_ tables, on the server's
 * schemas, or only look (SHOW, EXPLAIN, SET). Digest texts carry no comments, so the tag cannot be used.
 */
async function readStatements(
  database: Database,
  signal: AbortSignal,
): Promise<DatabaseCounters['statements']> {
  try {
    const [row] = await database.read<{ count: number | null; totalMs: number | null }>(
      `/* scalectl:health */ SELECT SUM(COUNT_STAR) AS count, SUM(SUM_TIMER_WAIT) / 1e9 AS totalMs
       FROM performance_schema.events_statements_summary_by_digest
       WHERE SCHEMA_NAME = ? AND DIGEST_TEXT NOT LIKE ?
         AND DIGEST_TEXT NOT LIKE '%information_schema%' AND DIGEST_TEXT NOT LIKE '%performance_schema%'
         AND DIGEST_TEXT NOT REGEXP '^(SHOW|EXPLAIN|SET|ANALYZE|BEGIN|START|COMMIT|ROLLBACK|KILL)'`,
      [database.target.database, `%${ownTablePattern}`],
      { signal },
    );
    return { count: Number(row?.count ?? 0), totalMs: Number(row?.totalMs ?? 0) };
  } catch (error) {
    if (!(error instanceof ScalectlError) || error.code !== 'privilege-missing') throw error;
    return {
      reason: 'the account may not read performance_schema',
      advice: 'GRANT SELECT ON performance_schema.* TO the account',
    };
  }
}
