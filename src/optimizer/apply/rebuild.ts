import { alterOnline } from '../change.ts';
import { readFreeBytes, whyNoRoomForCopy } from '../disk-space.ts';
import type { Finding } from '../findings.ts';
import type { Run } from '../run.ts';
import type { Table } from '../schema.ts';
import { whyNotRebuild } from '../steps.ts';
import { journaled } from './journaled.ts';
import type { Applicable } from './journaled.ts';

/** Writes a table anew, without the room that holds no rows, while it is read and written. */
export async function rebuild(
  run: Run,
  runId: number,
  finding: Applicable,
  table: Table,
): Promise<Finding> {
  const obstacle =
    whyNotRebuild(table) ?? whyNoRoomForCopy(table, await readFreeBytes(run.session));
  if (obstacle !== null) return { ...finding, status: 'blocked', reason: obstacle };
  run.onProgress(`rebuilding ${table.name}`);
  return journaled(run, runId, finding, table, async () => {
    await alterOnline(run.database, finding.sql[0] ?? '', 'usual', {
      signal: run.signal,
      table: table.name,
      // Its end needs the table for a moment, and a refusal there loses the whole copy.
      isLong: true,
    });
  });
}
