import { quoteName } from '../../database/identifiers.ts';
import { ownRows } from '../evidence/not-workload.ts';
import type { Session } from '../../database/types.ts';

/** What tells two sets of rows apart; equal sets have equal ones. */
export interface Fingerprint {
  readonly rows: number;
  /** Of the CRC32 of each row: their sum, and all of them in exclusive or. */
  readonly sum: string;
  readonly xor: string;
}

/**
 * Counts and sums up the rows of a table. Each column's value goes in by a checksum of its own, so that neither a
 * long value nor two values that only differ in where they are parted are mistaken; NULL is told from ''.
 * @param options a condition with `?`, as `id IN (?)`, and a partition; all rows when left out. Without `timeoutMs` it
 *   takes as long as it takes
 */
export async function fingerprint(
  session: Session,
  table: string,
  columns: readonly string[],
  options: {
    where?: string;
    values?: readonly unknown[];
    partition?: string;
    timeoutMs?: number;
    signal?: AbortSignal;
  } = {},
): Promise<Fingerprint> {
  const { where, values = [], partition, timeoutMs = 0, signal } = options;
  const within = partition === undefined ? '' : ` PARTITION (${quoteName(partition)})`;
  const parts = columns.map((name) => `COALESCE(CRC32(${quoteName(name)}), 'NULL')`);
  const row = `CRC32(CONCAT_WS(',', ${parts.join(', ')}))`;
  const [found] = await session.read<{ rows: number | string; sum: string; xor: string }>(
    `/* scalectl:optimize-db */ SELECT COUNT(*) AS \`rows\`, CAST(COALESCE(SUM(${row}), 0) AS CHAR) AS sum,
       CAST(BIT_XOR(${row}) AS CHAR) AS \`xor\`
     FROM ${quoteName(table)}${within} ${ownRows}${where === undefined ? '' : ` WHERE ${where}`}`,
    values,
    { timeoutMs, ...(signal ? { signal } : {}) },
  );
  return { rows: Number(found?.rows ?? 0), sum: String(found?.sum), xor: String(found?.xor) };
}

export function isSame(a: Fingerprint, b: Fingerprint): boolean {
  return a.rows === b.rows && a.sum === b.sum && a.xor === b.xor;
}
