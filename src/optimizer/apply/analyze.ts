import { ScalectlError } from '../../errors.ts';
import { alterOnline } from '../change.ts';
import type { Finding } from '../findings.ts';
import type { Run } from '../run.ts';
import type { Table } from '../schema.ts';
import { journaled } from './journaled.ts';
import type { Applicable } from './journaled.ts';

/** Makes new statistics of a table. */
export async function analyze(
  run: Run,
  runId: number,
  finding: Applicable,
  table: Table,
): Promise<Finding> {
  run.onProgress(`analyzing ${table.name}`);
  return journaled(run, runId, finding, table, async () => {
    const rows = await alterOnline(run.database, finding.sql[0] ?? '', 'usual', {
      signal: run.signal,
      table: table.name,
    });
    const failed = rows.find((row) => /error/i.test(String(row['Msg_type'])));
    if (failed) throw new ScalectlError('statement-failed', String(failed['Msg_text']));
  });
}
