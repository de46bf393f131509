import { quoteName } from '../../database/identifiers.ts';
import { serverErrorNumber } from '../../database/server-errors.ts';
import type { Session } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';

/** What the server counted for one form of statement since it began to count. */
export interface DigestCount {
  readonly digest: string;
  /** With `?` for each value. */
  readonly form: string;
  readonly count: number;
  readonly totalMs: number;
  /** Unix time in milliseconds: when the server began to count it. */
  readonly firstSeenMs: number;
}

/** Those that take the most time; the rest says little. */
const mostForms = 500;

/**
 * Reads the counters of the statements of a database, without scalectl's own. A form that ignores an index of
 * scalectl's is one of its proofs.
 * @returns null where performance_schema is off, or this account may not read it
 */
export async function readDigestCounts(
  session: Session,
  database: string,
): Promise<DigestCount[] | null> {
  try {
    const [state] = await session.read<{ isOn: number }>(
      '/* scalectl:optimize-db */ SELECT @@performance_schema AS isOn',
    );
    if (Number(state?.isOn) !== 1) return null;
    const rows = await session.read<{
      digest: string;
      text: string;
      count: number | string;
      totalMs: number | string;
      firstSeenMs: number | string;
    }>(
      `/* scalectl:optimize-db */ SELECT DIGEST AS digest, DIGEST_TEXT AS text, COUNT_STAR AS count,
         SUM_TIMER_WAIT / 1e9 AS totalMs, UNIX_TIMESTAMP(FIRST_SEEN) * 1000 AS firstSeenMs
       FROM performance_schema.events_statements_summary_by_digest
       WHERE SCHEMA_NAME = ? AND DIGEST IS NOT NULL
         AND (DIGEST_TEXT LIKE '% FROM %' OR DIGEST_TEXT REGEXP '^(INSERT|UPDATE|REPLACE) ')
         AND DIGEST_TEXT REGEXP '^(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|[(]) '
         AND DIGEST_TEXT NOT LIKE '%scalectl\\_%' AND DIGEST_TEXT NOT LIKE '%IGNORE INDEX%'
         AND DIGEST_TEXT NOT REGEXP ?
       ORDER BY SUM_TIMER_WAIT DESC LIMIT ${mostForms}`,
      [database, '(performance_schema|information_schema|mysql|sys)`? ?[.]'],
    );
    return rows.map(({ digest, text, count, totalMs, firstSeenMs }) => ({
      digest,
      form: text.trim(),
      count: Number(count),
      totalMs: Number(totalMs),
      firstSeenMs: Number(firstSeenMs),
    }));
  } catch (error) {
    const isRefused = error instanceof ScalectlError && serverErrorNumber(error) !== null;
    if (!isRefused || error.code === 'database-unreachable') throw error;
    return null;
  }
}

/**
 * Whether a form names a table. The server writes names in backticks, but those that are also keywords without, and
 * in capitals: `FROM EVENTS`.
 */
export function namesTable(form: string, table: string): boolean {
  if (form.includes(quoteName(table))) return true;
  const words = form.split(' ');
  return words.some(
    (word, i) => word === table.toUpperCase() && beforeTable.has(words[i - 1] ?? ''),
  );
}

const beforeTable = new Set(['FROM', 'JOIN', 'STRAIGHT_JOIN', 'INTO', 'UPDATE', ',', '.']);
