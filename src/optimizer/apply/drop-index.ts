import { alterOnline } from '../change.ts';
import type { Finding, Step } from '../findings.ts';
import type { Run } from '../run.ts';
import type { Table } from '../schema.ts';
import { whyNotDrop, whyNotDropUnused } from '../why-not-drop.ts';
import { journaled } from './journaled.ts';

/** Drops an index, if another one still does its work, or nothing has used it, and the table is as it was planned for. */
export async function dropIndex(
  run: Run,
  runId: number,
  finding: Finding & { step: Extract<Step, { kind: 'drop-index' }> },
  table: Table,
): Promise<Finding> {
  const problem =
    finding.rule === 'unused-index'
      ? await whyNotDropUnused(run, table, finding.step)
      : whyNotDrop(table, finding.step);
  if (problem) return { ...finding, ...problem };
  run.onProgress(`dropping ${finding.step.index} of ${table.name}`);
  return journaled(run, runId, finding, table, async () => {
    await alterOnline(run.database, finding.sql[0] ?? '', 'usual', {
      signal: run.signal,
      table: table.name,
    });
  });
}
