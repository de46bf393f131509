import { alterOnline } from '../change.ts';
import type { Finding, Step } from '../findings.ts';
import { foreignKeysLeftWithout, isLeftPrefix, isSameShape } from '../index-shape.ts';
import type { Run } from '../run.ts';
import type { Table } from '../schema.ts';
import { journaled } from './journaled.ts';

/** Drops an index, if another one still does its work and the table is as it was planned for. */
export async function dropIndex(
  run: Run,
  runId: number,
  finding: Finding & { step: Extract<Step, { kind: 'drop-index' }> },
  table: Table,
): Promise<Finding> {
  const problem = whyNotDrop(table, finding.step);
  if (problem) return { ...finding, ...problem };
  run.onProgress(`dropping ${finding.step.index} of ${table.name}`);
  return journaled(run, runId, finding, table, async () => {
    await alterOnline(run.database, finding.sql[0] ?? '', 'usual', {
      signal: run.signal,
      table: table.name,
    });
  });
}

function whyNotDrop(
  table: Table,
  step: Extract<Step, { kind: 'drop-index' }>,
): Pick<Finding, 'status' | 'reason'> | null {
  const index = table.indexes.find((candidate) => candidate.name === step.index);
  if (!index) return { status: 'applied', reason: 'it is gone already' };
  const cover = table.indexes.find((candidate) => candidate.name === step.coveredBy);
  const isCovered = cover && !cover.isHidden && cover !== index && isLeftPrefix(index, cover);
  const isAsPlanned = isSameShape(index, { parts: step.parts, type: 'BTREE' });
  if (!isCovered || !isAsPlanned || index.isPrimary || index.isUnique) {
    return { status: 'blocked', reason: 'the indexes of the table have changed since the plan' };
  }
  const [key] = foreignKeysLeftWithout(table, [index.name]);
  return key
    ? { status: 'blocked', reason: `the foreign key ${key.name} would be left without an index` }
    : null;
}
