import { formatMs } from '../output/text.ts';
import type { StatementEvidence } from './findings.ts';
import { isClearOfControl } from './judge-proof.ts';
import { median } from './timing.ts';
import type { StatementTimer, Timing } from './timing.ts';

/** What pairs of executions came to: medians, and the gain; null with a note when there was no time for them. */
export type Measured = Pick<
  StatementEvidence,
  'withoutMs' | 'withMs' | 'gain' | 'control' | 'pairs' | 'note'
>;

const notMeasured = { withoutMs: null, withMs: null, gain: null, control: null, pairs: 0 } as const;
/** Fewer medians would say nothing. */
const leastPairs = 5;
/** A control that tells nothing on a busy machine gets so many times the pairs before it is given up. */
const mostRounds = 4;
const longEnoughToTellMs = 1000;

export interface PairOptions {
  readonly pairs: number;
  readonly minGain: number;
  readonly statementTimeoutMs: number;
  /** Told before what will take longer than a second. */
  readonly onEstimate?: (text: string) => void;
}

/**
 * Runs two forms of a statement in turn and compares the medians. Each pair has a third execution, the control: the
 * second form once more. Its ratio to the second form would be 1 on a machine that does nothing else.
 * @param forms `before` is what is (the statement without the index, or as it is written), `after` what would be
 */
export async function timePairs(
  options: PairOptions,
  forms: { before: string; after: string },
  timer: StatementTimer,
): Promise<Measured> {
  const tooLong = timer.beyond(0);
  if (tooLong !== null) return { ...notMeasured, note: `not timed: ${tooLong} is spent` };
  // The first execution of each reads from disk what the others find in memory.
  const warmUp = [await timer.time(forms.before), await timer.time(forms.after)] as const;
  const { pairs, note } = choosePairs(options.pairs, warmUp, timer);
  if (note !== null) return { ...notMeasured, note };
  const expectedMs = expectedTime(warmUp) * pairs;
  if (expectedMs >= longEnoughToTellMs) {
    options.onEstimate?.(`${pairs} pairs take about ${formatMs(expectedMs)} on the server`);
  }
  return runPairs({ ...options, pairs }, forms, timer);
}

const sides = ['before', 'after', 'control'] as const;

async function runPairs(
  { pairs: pairsOfRound, statementTimeoutMs, minGain }: PairOptions,
  forms: { before: string; after: string },
  timer: StatementTimer,
): Promise<Measured> {
  const times = { before: [] as number[], after: [] as number[], control: [] as number[] };
  let isCutOff = false;
  let pairs = pairsOfRound;
  for (let pair = 0; pair < pairs; pair += 1) {
    // Taking turns at going first keeps a drift of the machine from favouring one side.
    const turned = sides.map((_, i) => sides[(i + pair) % sides.length] ?? 'before');
    for (const side of pair % 2 === 0 ? turned : turned.reverse()) {
      const timing = await timer.time(side === 'before' ? forms.before : forms.after);
      times[side].push(timing.durationMs);
      isCutOff ||= timing.isCutOff;
    }
    const isMoreAllowed = pair + 1 === pairs && pairs < mostRounds * pairsOfRound;
    if (isMoreAllowed && isUnclear(figuresOf(times), minGain)) {
      const ofOneMs = (sum(times.before) + sum(times.after) + sum(times.control)) / pairs;
      if (timer.beyond(ofOneMs * pairsOfRound) === null) pairs += pairsOfRound;
    }
  }
  return {
    ...figuresOf(times),
    pairs,
    note: isCutOff
      ? `cut off at ${formatMs(statementTimeoutMs)} (optimizer.statementTimeout): the gain is at least this`
      : null,
  };
}

type Times = Readonly<Record<(typeof sides)[number], readonly number[]>>;
type Figures = Pick<Measured, 'withoutMs' | 'withMs' | 'gain' | 'control'>;

function figuresOf({ before, after, control }: Times): Figures {
  const withoutMs = median(before);
  const withMs = median(after);
  return {
    withoutMs,
    withMs,
    gain: withoutMs / Math.max(withMs, 0.001),
    control: { ratio: median(control) / Math.max(withMs, 0.001) },
  };
}

/** A gain that would be kept if only the control agreed. */
function isUnclear(figures: Figures, minGain: number): boolean {
  return (figures.gain ?? 0) >= minGain && !isClearOfControl(figures, minGain);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** As many pairs as were asked for, or the fewest that say something, or none and the reason. */
function choosePairs(
  wanted: number,
  warmUp: readonly [Timing, Timing],
  timer: StatementTimer,
): { pairs: number; note: string | null } {
  const ofOneMs = expectedTime(warmUp);
  if (timer.beyond(ofOneMs * wanted) === null) return { pairs: wanted, note: null };
  const fewer = Math.min(wanted, leastPairs);
  const setting = timer.beyond(ofOneMs * fewer);
  if (setting === null) return { pairs: fewer, note: null };
  return {
    pairs: 0,
    note: `not timed: ${fewer} pairs would take about ${formatMs(ofOneMs * fewer)} on the server (${setting})`,
  };
}

function expectedTime([before, after]: readonly [Timing, Timing]): number {
  return before.durationMs + 2 * after.durationMs;
}
