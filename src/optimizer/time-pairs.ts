import { formatMs } from '../output/text.ts';
import type { StatementEvidence } from './findings.ts';
import { median } from './timing.ts';
import type { StatementTimer } from './timing.ts';

/** What pairs of executions came to: medians, and the gain; null with a note when there was no time for them. */
export type Measured = Pick<StatementEvidence, 'withoutMs' | 'withMs' | 'gain' | 'pairs' | 'note'>;

const notMeasured = { withoutMs: null, withMs: null, gain: null, pairs: 0 } as const;

/**
 * Runs two forms of a statement in turn and compares the medians.
 * @param forms `before` is what is (the statement without the index, or as it is written), `after` what would be
 * @param deadline by performance.now(); pairs that would end later are not begun
 */
export async function timePairs(
  { pairs, statementTimeoutMs }: { pairs: number; statementTimeoutMs: number },
  forms: { before: string; after: string },
  timer: StatementTimer,
  deadline: number,
): Promise<Measured> {
  // The first execution of each reads from disk what the others find in memory.
  const warmUp = [await timer.time(forms.before), await timer.time(forms.after)];
  const expectedMs = warmUp.reduce((sum, { durationMs }) => sum + durationMs, 0) * pairs;
  if (performance.now() + expectedMs > deadline) {
    return {
      ...notMeasured,
      note: `not timed: ${pairs} pairs would take about ${formatMs(expectedMs)} (optimizer.proofTime)`,
    };
  }
  const times = { before: [] as number[], after: [] as number[] };
  let isCutOff = false;
  for (let pair = 0; pair < pairs; pair += 1) {
    // Taking turns at going first keeps a drift of the machine from favouring one side.
    const order = pair % 2 === 0 ? (['before', 'after'] as const) : (['after', 'before'] as const);
    for (const side of order) {
      const timing = await timer.time(forms[side]);
      times[side].push(timing.durationMs);
      isCutOff ||= timing.isCutOff;
    }
  }
  const withoutMs = median(times.before);
  const withMs = median(times.after);
  return {
    withoutMs,
    withMs,
    gain: withoutMs / Math.max(withMs, 0.001),
    pairs,
    note: isCutOff
      ? `cut off at ${formatMs(statementTimeoutMs)} (optimizer.statementTimeout): the gain is at least this`
      : null,
  };
}
