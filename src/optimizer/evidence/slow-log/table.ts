import { serverErrorNumber } from '../../../database/server-errors.ts';
import type { Session } from '../../../database/types.ts';
import { ScalectlError } from '../../../errors.ts';
import { formatNumber } from '../../../output/text.ts';
import { longestStatement } from './entries.ts';
import { SlowLogFold } from './fold.ts';

/** The slow log as a table, or the sentence that says why it is not to be had. */
export type SlowLogTable = { fold: SlowLogFold; unknown: readonly string[] } | { because: string };

interface LogRow {
  text: string | Buffer;
  durationMs: number | string;
  at: number | string;
}

/** The slowest: they hold nearly all of the time. The table has no index, and is read once whatever is asked of it. */
const mostRows = 20_000;
/** Reading a table of gigabytes must not take the server's time for long. */
const timeoutMs = 30_000;

/**
 * Reads `mysql.slow_log` where the server writes it and the account may read it.
 * @param most rows to read; the slowest are taken
 */
export async function readSlowLogTable(
  session: Session,
  { database, signal }: { database: string; signal: AbortSignal },
  most = mostRows,
): Promise<SlowLogTable> {
  const [state] = await session.read<{ isOn: number; output: string }>(
    '/* scalectl:optimize-db */ SELECT @@global.slow_query_log AS isOn, @@global.log_output AS output',
  );
  if (Number(state?.isOn) !== 1)
    return { because: 'the slow log is off: it tells no statements with their values' };
  if (!/TABLE/i.test(state?.output ?? '')) {
    return /FILE/i.test(state?.output ?? '')
      ? { because: 'the slow log is a file on the server: give it with --slow-log FILE' }
      : { because: 'the slow log is written nowhere (log_output is NONE)' };
  }
  try {
    return await read(session, { database, signal }, most);
  } catch (error) {
    if (signal.aborted || serverErrorNumber(error) === null) throw error;
    const isDenied = error instanceof ScalectlError && error.code === 'privilege-missing';
    return {
      because: isDenied
        ? 'this account may not read the slow log (GRANT SELECT ON mysql.slow_log would let it)'
        : `the slow log cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

async function read(
  session: Session,
  { database, signal }: { database: string; signal: AbortSignal },
  most: number,
): Promise<SlowLogTable> {
  const rows = await session.read<LogRow>(
    // TIME_TO_SEC has fractions on MariaDB and none on MySQL.
    `/* scalectl:optimize-db */ SELECT LEFT(sql_text, ?) AS text,
       FLOOR(TIME_TO_SEC(query_time)) * 1000 + MICROSECOND(query_time) / 1000 AS durationMs,
       UNIX_TIMESTAMP(start_time) * 1000 AS at
     FROM mysql.slow_log
     WHERE db = ? AND sql_text NOT LIKE '%scalectl:%' AND sql_text NOT LIKE '# administrator command%'
     ORDER BY query_time DESC LIMIT ?`,
    [longestStatement + 1, database, most + 1],
    { timeoutMs, signal },
  );
  const fold = new SlowLogFold(database);
  for (const row of rows.slice(0, most)) {
    const text = row.text.toString();
    fold.add({
      text: text.replace(/\s*;\s*$/, ''),
      line: null,
      durationMs: Number(row.durationMs),
      at: Number(row.at),
      database,
      state: text.length > longestStatement ? 'too-long' : 'whole',
    });
  }
  const unknown =
    rows.length > most
      ? [
          `of mysql.slow_log the ${formatNumber(most)} slowest statements were read, and there are more: counts are too low`,
        ]
      : [];
  return { fold, unknown };
}
