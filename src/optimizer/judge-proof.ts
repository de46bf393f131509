import { formatMs } from '../output/text.ts';
import type { StatementEvidence } from './findings.ts';
import { formatGain } from './gain.ts';

/**
 * `keep`, `take-back`; or `later`, which is taken back too, but says nothing against the index: the machine was too
 * busy to tell, and the next run may try again.
 */
export interface Verdict {
  readonly outcome: 'keep' | 'take-back' | 'later';
  /** Why, in one sentence. */
  readonly reason: string;
  /** The largest gain among the statements, and the control of that statement. */
  readonly gain: number | null;
  readonly control: { readonly ratio: number } | null;
}

/** A statement that becomes slower by this factor, and by more than the noise of a short one, speaks against. */
const slowdown = { factor: 1.25, leastMs: 0.5 };

/**
 * Weighs what statements took with an index and without it. A gain counts when it is as large as asked for, and clear
 * of the control, which compares a statement with itself.
 */
export function judgeProof(
  name: string,
  statements: readonly StatementEvidence[],
  minGain: number,
): Verdict {
  const timed = statements.filter((statement) => statement.gain !== null);
  const [best] = [...timed].sort((a, b) => (b.gain ?? 0) - (a.gain ?? 0));
  const result = { gain: best?.gain ?? null, control: best?.control ?? null };
  if (!statements.some((statement) => statement.isChosen === true)) {
    return { ...result, outcome: 'take-back', reason: 'the optimizer does not take it by itself' };
  }
  if (result.gain === null) {
    return {
      ...result,
      outcome: 'take-back',
      reason: 'no statement could be timed, so nothing proves it',
    };
  }
  const suffering = timed.find(isSuffering);
  if (suffering) {
    return {
      ...result,
      outcome: 'take-back',
      reason: `with it, a statement takes ${formatMs(suffering.withMs)} instead of ${formatMs(suffering.withoutMs)}`,
    };
  }
  if (result.gain < minGain) {
    return {
      ...result,
      outcome: 'take-back',
      reason: `it gains only ${formatGain(result.gain)}; ${minGain}× is asked for`,
    };
  }
  const isClear = timed.some(
    (statement) => (statement.gain ?? 0) >= minGain && isClearOfControl(statement, minGain),
  );
  return isClear
    ? { ...result, outcome: 'keep', reason: `proven: ${formatGain(result.gain)} with ${name}` }
    : {
        ...result,
        outcome: 'later',
        reason: `the machine is too busy to prove ${formatGain(result.gain)}: the statement against itself came to ${formatGain(deviationOf(best))}; left for the next run`,
      };
}

/**
 * Whether a gain is at least twice as far from 1 as its control, or would still be what is asked for if all of the
 * control's deviation were taken off it.
 */
export function isClearOfControl(
  measured: Pick<StatementEvidence, 'gain' | 'control'>,
  minGain: number,
): boolean {
  const gain = measured.gain ?? 0;
  const deviation = deviationOf(measured);
  return gain - 1 >= 2 * (deviation - 1) || gain / deviation >= minGain;
}

function isSuffering(statement: StatementEvidence): boolean {
  const { withMs, withoutMs } = statement;
  if (withMs === null || withoutMs === null) return false;
  return (
    withMs > withoutMs * slowdown.factor * deviationOf(statement) &&
    withMs - withoutMs > slowdown.leastMs
  );
}

/** How far the control is from 1, as a factor: 1.5 for a ratio of 1.5 and for one of 0.67. */
function deviationOf(statement: Pick<StatementEvidence, 'control'> | undefined): number {
  const ratio = statement?.control?.ratio ?? 1;
  return Math.max(ratio, 1 / Math.max(ratio, 0.001));
}
