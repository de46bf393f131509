import type { JournalRun, JournalStep } from '../journal.ts';
import type { Schema } from '../schema.ts';
import type { IndexReport, QueryProof, ReportedRun } from './result.ts';

/** Before and after of the statements that kept indexes were proven on; of one told twice the last. */
export function queryProofs(kept: readonly JournalStep[], schema: Schema): QueryProof[] {
  const latest = new Map<string, QueryProof>();
  for (const { finding, runId, endedAt } of kept) {
    const { index } = finding;
    if (index === null) continue;
    for (const { statement, withoutMs, withMs, gain, note } of finding.evidence.statements) {
      if (withoutMs === null || withMs === null || gain === null) continue;
      latest.set(`${finding.table}\0${index}\0${statement}`, {
        statement,
        table: finding.table,
        index,
        columns: finding.columns,
        runId,
        provenAt: endedAt?.toISOString() ?? null,
        withoutMs,
        withMs,
        gain,
        note,
        isThere:
          schema.tables.get(finding.table)?.indexes.some(({ name }) => name === index) ?? false,
      });
    }
  }
  return [...latest.values()].sort((a, b) => b.gain - a.gain);
}

/** The run that made an index, and what it gained; null for indexes of others. */
export function makerOf(
  kept: readonly JournalStep[],
  table: string,
  index: string,
): IndexReport['madeBy'] {
  const step = kept.findLast(({ finding }) => finding.table === table && finding.index === index);
  return step ? { runId: step.runId, gain: step.finding.evidence.gain } : null;
}

export function reportRuns(
  runs: readonly JournalRun[],
  steps: readonly JournalStep[],
): ReportedRun[] {
  return runs.map((run) => ({
    runId: run.id,
    startedAt: run.startedAt.toISOString(),
    endedAt: run.endedAt?.toISOString() ?? null,
    state: run.state,
    steps: steps
      .filter(({ runId }) => runId === run.id)
      .map(({ finding, state }) => ({
        kind: finding.step.kind,
        state,
        table: finding.table,
        index: finding.index,
        columns: finding.columns,
        gain: finding.evidence.gain,
      })),
  }));
}
