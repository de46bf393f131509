import { quoteName } from '../../../database/identifiers.ts';
import { ownRows } from '../../evidence/not-workload.ts';
import type { Session } from '../../../database/types.ts';
import { monthOf } from '../months.ts';
import type { Month } from '../months.ts';

/** The months that get a partition of their own. */
export interface MonthRange {
  readonly first: Month;
  readonly last: Month;
  /** Rows from before the first month are there: they share one partition. */
  readonly hasOlder: boolean;
}

/** A statement that does not name the date looks into each partition: five years are as many as one may want. */
const mostMonthsBack = 60;
const mostMonthsAhead = 60;

/**
 * From the month of the oldest row to the last month that maintenance wants, or that of the newest row.
 * @param options.timeoutMs reading the oldest date takes a pass over the table where no index begins with it
 */
export async function readMonthRange(
  session: Session,
  table: string,
  column: string,
  options: { ahead: number; now: Date; signal: AbortSignal; timeoutMs?: number },
): Promise<MonthRange> {
  const { ahead, now, signal, timeoutMs = 0 } = options;
  const name = quoteName(column);
  const [row] = await session.read<{ oldest: string | null; newest: string | null }>(
    `/* scalectl:optimize-db */ SELECT CAST(MIN(${name}) AS CHAR) AS oldest, CAST(MAX(${name}) AS CHAR) AS newest
     FROM ${quoteName(table)} ${ownRows}`,
    [],
    { timeoutMs, signal },
  );
  return monthRangeOf(row?.oldest ?? null, row?.newest ?? null, { ahead, now });
}

/** @param oldest as the server writes a date, `0000-00-00` included; null in an empty table */
export function monthRangeOf(
  oldest: string | null,
  newest: string | null,
  { ahead, now }: { ahead: number; now: Date },
): MonthRange {
  const current = monthOf(now);
  const begin = oldest === null ? current : Math.min(readMonth(oldest), current);
  const first = Math.max(begin, current - mostMonthsBack);
  const end = newest === null ? current : readMonth(newest);
  return {
    first,
    last: Math.max(current + ahead, Math.min(end, current + mostMonthsAhead)),
    hasOlder: begin < first,
  };
}

function readMonth(text: string): Month {
  const [year = '0', month = '0'] = text.split('-');
  return Number(year) * 12 + Number(month) - 1;
}
