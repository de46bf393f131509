import { quoteName } from '../../../database/identifiers.ts';
import type { Session } from '../../../database/types.ts';
import { ScalectlError } from '../../../errors.ts';
import { findColumn } from '../../schema.ts';
import type { Schema } from '../../schema.ts';
import type { PartitionVerdict } from '../judge.ts';
import { conversionClauses } from './clauses.ts';
import { readMonthRange } from './month-range.ts';
import { formOf } from './plan.ts';

/** Finding the oldest row of one table may take this long in a plan; without an index on the date it reads all. */
const timeoutMs = 1000;

/**
 * The verdicts with the statement of a conversion where one is possible as the table stands. Its months begin with the
 * oldest row; where that is not found in time the statement is left out, and `partitions convert --dry-run` tells it.
 */
export async function withConversions(
  session: Session,
  schema: Schema,
  verdicts: readonly PartitionVerdict[],
  options: { ahead: number; now: Date; signal: AbortSignal },
): Promise<PartitionVerdict[]> {
  const complete: PartitionVerdict[] = [];
  for (const verdict of verdicts) {
    const sql = verdict.eligible ? await statementOf(session, schema, verdict, options) : null;
    complete.push(sql === null ? verdict : { ...verdict, sql: [sql] });
  }
  return complete;
}

async function statementOf(
  session: Session,
  schema: Schema,
  verdict: PartitionVerdict,
  options: { ahead: number; now: Date; signal: AbortSignal },
): Promise<string | null> {
  const table = schema.tables.get(verdict.table);
  const column = table && findColumn(table, verdict.column);
  if (!table || !column) return null;
  try {
    const range = await readMonthRange(session, table.name, column.name, { ...options, timeoutMs });
    const form = formOf(column);
    // Only a date that may be NULL asks for its definition, and then the table is not eligible.
    const clauses = conversionClauses(table, column, '', { form, range });
    return `ALTER TABLE ${quoteName(table.name)} ${clauses}`;
  } catch (error) {
    const isUnknown =
      error instanceof ScalectlError &&
      ['statement-timeout', 'privilege-missing'].includes(error.code);
    if (!isUnknown) throw error;
    return null;
  }
}
