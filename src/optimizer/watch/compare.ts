import { formatMs, formatNumber } from '../../output/text.ts';
import { formatGain } from '../gain.ts';
import { median } from '../timing.ts';
import type { Baseline } from './baselines.ts';
import type { DigestCount } from './digest-counts.ts';

/** One form of statement before an index was there and since; times are means of one execution. */
export interface FormChange {
  readonly form: string;
  readonly kind: 'read' | 'write';
  readonly beforeMs: number;
  readonly beforeCount: number;
  readonly sinceMs: number;
  readonly sinceCount: number;
  /** `sinceMs / beforeMs`: above 1 it became slower. */
  readonly ratio: number;
  readonly isSlower: boolean;
}

export interface Comparison {
  /** `good`: none became slower. `too-few`: nothing ran often enough before and since. */
  readonly verdict: 'good' | 'slower' | 'too-few';
  /** Forms on the index's table that ran often enough, the slowest change first. */
  readonly forms: readonly FormChange[];
  /** The middle ratio of the database's other statements; null when fewer than three ran often enough. */
  readonly control: { readonly ratio: number } | null;
  /** What all those forms together saved since, in milliseconds; negative for a loss. */
  readonly savedMs: number;
}

/**
 * Times of one statement scatter by about as much as their mean, so the mean of a hundred is known to a tenth: of
 * fewer, a fifth more would say nothing.
 */
export const leastExecutions = 100;
/** A statement is slower from this factor on, and by more than the clock's noise on the shortest ones. */
const slower = { factor: 1.2, leastMs: 0.05 };
const leastControls = 3;

/**
 * Compares what statements took before an index was built with what they take since it was kept. A server that has
 * become slower altogether, as its other statements tell, is not held against the index.
 * @param now the server's counters; what it began to count after the index was kept was reset since, and counts whole
 * @param keptAtMs when the index was kept, Unix time in milliseconds
 */
export function compareWithBaseline(
  baselines: readonly Baseline[],
  now: readonly DigestCount[],
  keptAtMs: number,
): Comparison {
  const current = new Map(now.map((count) => [count.digest, count]));
  const changes = baselines.map((baseline) =>
    changeOf(baseline, current.get(baseline.digest), keptAtMs),
  );
  const judged = changes.filter(
    ({ beforeCount, sinceCount }) => Math.min(beforeCount, sinceCount) >= leastExecutions,
  );
  const others = judged.filter(({ isOnTable }) => !isOnTable).map(({ ratio }) => ratio);
  const control = others.length < leastControls ? null : { ratio: median(others) };
  const drift = Math.max(1, control?.ratio ?? 1);
  const forms = judged
    .filter(({ isOnTable }) => isOnTable)
    .map(({ isOnTable: _, ...form }): FormChange => {
      const { ratio, sinceMs, beforeMs } = form;
      const isSlower =
        ratio >= slower.factor * drift && sinceMs - beforeMs * drift >= slower.leastMs;
      return { ...form, isSlower };
    })
    .sort((a, b) => b.ratio - a.ratio);
  const savedMs = forms.reduce(
    (sum, { beforeMs, sinceMs, sinceCount }) => sum + (beforeMs * drift - sinceMs) * sinceCount,
    0,
  );
  if (forms.length === 0) return { verdict: 'too-few', forms, control, savedMs };
  return {
    verdict: forms.some((form) => form.isSlower) ? 'slower' : 'good',
    forms,
    control,
    savedMs,
  };
}

function changeOf(
  { form, isOnTable, before, start }: Baseline,
  now: DigestCount | undefined,
  keptAtMs: number,
): Omit<FormChange, 'isSlower'> & { isOnTable: boolean } {
  const isReset = (now?.count ?? 0) < start.count || (now?.firstSeenMs ?? 0) > keptAtMs;
  const sinceCount = (now?.count ?? 0) - (isReset ? 0 : start.count);
  const sinceTotalMs = (now?.totalMs ?? 0) - (isReset ? 0 : start.totalMs);
  const beforeMs = before.count > 0 ? before.totalMs / before.count : 0;
  const sinceMs = sinceCount > 0 ? sinceTotalMs / sinceCount : 0;
  return {
    form,
    isOnTable,
    kind: /^(INSERT|UPDATE|DELETE|REPLACE) /.test(form) ? 'write' : 'read',
    beforeMs,
    beforeCount: before.count,
    sinceMs,
    sinceCount,
    ratio: sinceMs / Math.max(beforeMs, 0.001),
  };
}

/**
 * Whether the index is to go: a read that it slows down is against its purpose; writes cost something with every
 * index, and speak against it when they cost more than the reads save.
 */
export function isWorthless({ forms, savedMs }: Comparison): boolean {
  return forms.some(({ isSlower, kind }) => isSlower && (kind === 'read' || savedMs < 0));
}

/** The comparison in one sentence. */
export function describeComparison({ verdict, forms, control, savedMs }: Comparison): string {
  if (verdict === 'too-few') {
    return `too few executions to judge: no statement on its table ran ${leastExecutions} times before and ${leastExecutions} times since`;
  }
  const slowerForms = forms.filter(({ isSlower }) => isSlower);
  const told = (slowerForms.length > 0 ? slowerForms : forms.slice(-1)).slice(0, 2).map(tell);
  const others =
    control === null ? '' : `; the other statements of the database ${formatGain(control.ratio)}`;
  const sum = `; altogether it ${savedMs < 0 ? 'cost' : 'saved'} ${formatMs(Math.abs(savedMs))} since`;
  return `${told.join('; ')}${others}${sum}`;
}

function tell({ form, beforeMs, sinceMs, beforeCount, sinceCount }: FormChange): string {
  const text = form.length > 100 ? `${form.slice(0, 99)}…` : form;
  return `${text} takes ${formatMs(sinceMs)} instead of ${formatMs(beforeMs)} (${formatNumber(sinceCount)} executions since, ${formatNumber(beforeCount)} before)`;
}
