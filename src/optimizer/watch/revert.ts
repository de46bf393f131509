import { TableInUse } from '../change.ts';
import type { Finding } from '../findings.ts';
import type { Run } from '../run.ts';
import { takeBack } from '../settle.ts';
import type { Judged } from './judge-applied.ts';

/** The findings of a plan after the indexes of `reverts` were taken back: their alarms are `applied`, or `blocked`. */
export async function revertAll(
  run: Run,
  runId: number,
  findings: readonly Finding[],
  reverts: readonly Judged[],
): Promise<Finding[]> {
  const result: Finding[] = [];
  for (const finding of findings) {
    const judged = reverts.find((entry) => entry.finding === finding);
    result.push(
      judged && !run.signal.aborted ? await revertIndex(run, runId, judged, finding) : finding,
    );
  }
  return result;
}

/**
 * Takes back an index that slows statements down. The journal knows before and after, so that a killed run is
 * finished by the next one, history shows it, and the index is not proposed again for a while.
 */
async function revertIndex(
  run: Run,
  runId: number,
  { journaled, watched }: Judged,
  alarm: Finding,
): Promise<Finding> {
  const reason = `taken back by run ${runId}: ${watched.reason}`;
  const undone: Finding = { ...journaled.finding, status: 'rejected', reason };
  run.onProgress(`taking back ${watched.index} of ${watched.table}`);
  await run.journal.setState(journaled.id, 'undoing', undone);
  try {
    await takeBack(run, { ...journaled, stepId: journaled.id });
  } catch (error) {
    if (!(error instanceof TableInUse)) throw error;
    // The journal has it as begun: the next run finishes it.
    return { ...alarm, status: 'blocked', reason: `${alarm.reason}; the table stayed in use` };
  }
  await run.journal.endStep(journaled.id, 'rolled-back', undone, reason);
  return { ...alarm, status: 'applied', reason: `${alarm.reason}; it was taken back` };
}
