import type { Flavor } from '../../database/flavor.ts';
import { serverErrorNumber } from '../../database/server-errors.ts';
import type { Session } from '../../database/types.ts';
import { ScalectlError } from '../../errors.ts';

/** A form of statement that the server counted. */
export interface Digest {
  /** With `?` for each value. */
  readonly text: string;
  /** A statement of this form with its values, as the server kept it; null where it keeps none. */
  readonly sample: string | null;
  readonly count: number;
  readonly totalMs: number;
}

export interface Digests {
  readonly reads: readonly Digest[];
  /** Forms of INSERT, UPDATE and DELETE that were seen. They are not judged. */
  readonly writes: number;
  /** From the first to the last execution of a read; null without any. */
  readonly windowMs: number | null;
}

/** Why the server's digests are not to be had: the sentence for the result. */
export interface NoDigests {
  readonly because: string;
}

interface DigestRow {
  text: string;
  sample: string | null;
  count: number | string;
  totalMs: number | string;
  firstSeen: number | string;
  lastSeen: number | string;
}

/**
 * Reads the statements of a database that performance_schema counted, those that took the most time first. Statements
 * on scalectl's own tables and on the server's are left out.
 * @param limit most forms to read
 */
export async function readDigests(
  session: Session,
  context: { database: string; flavor: Flavor },
  limit: number,
): Promise<Digests | NoDigests> {
  const [state] = await session.read<{ isOn: number }>(
    '/* scalectl:optimize-db */ SELECT @@performance_schema AS isOn',
  );
  if (Number(state?.isOn) !== 1) return { because: 'performance_schema is off on this server' };
  try {
    return await read(session, context, limit);
  } catch (error) {
    const isDenied = error instanceof ScalectlError && error.code === 'privilege-missing';
    if (!isDenied && serverErrorNumber(error) === null) throw error;
    return {
      because: isDenied
        ? 'this account may not read performance_schema (GRANT SELECT ON performance_schema.* would let it)'
        : 'performance_schema keeps no statement digests on this server',
    };
  }
}

const source = `FROM performance_schema.events_statements_summary_by_digest
  WHERE SCHEMA_NAME = ? AND DIGEST_TEXT IS NOT NULL`;

async function read(
  session: Session,
  { database, flavor }: { database: string; flavor: Flavor },
  limit: number,
): Promise<Digests> {
  const rows = await session.read<DigestRow>(
    `/* scalectl:optimize-db */ SELECT DIGEST_TEXT AS text,
       ${flavor.digestSamples ? 'QUERY_SAMPLE_TEXT' : 'NULL'} AS sample,
       COUNT_STAR AS count, SUM_TIMER_WAIT / 1e9 AS totalMs,
       UNIX_TIMESTAMP(FIRST_SEEN) * 1000 AS firstSeen, UNIX_TIMESTAMP(LAST_SEEN) * 1000 AS lastSeen
     ${source} AND (DIGEST_TEXT LIKE 'SELECT % FROM %' OR DIGEST_TEXT LIKE '(%' OR DIGEST_TEXT LIKE 'WITH %')
       AND DIGEST_TEXT NOT LIKE '%scalectl\\_%' AND DIGEST_TEXT NOT REGEXP ?
     ORDER BY SUM_TIMER_WAIT DESC LIMIT ?`,
    [database, '(performance_schema|information_schema|mysql|sys)`? ?[.]', limit],
  );
  const [written] = await session.read<{ writes: number | string }>(
    `/* scalectl:optimize-db */ SELECT COUNT(*) AS writes ${source}
       AND DIGEST_TEXT REGEXP '^(INSERT|UPDATE|DELETE|REPLACE) ' AND DIGEST_TEXT NOT LIKE '%scalectl\\_%'`,
    [database],
  );
  const first = Math.min(...rows.map((row) => Number(row.firstSeen)));
  const last = Math.max(...rows.map((row) => Number(row.lastSeen)));
  return {
    reads: rows.map((row) => ({
      text: row.text,
      sample: row.sample,
      count: Number(row.count),
      totalMs: Number(row.totalMs),
    })),
    writes: Number(written?.writes ?? 0),
    windowMs: rows.length > 0 ? Math.round(last - first) : null,
  };
}
