import type { FailureReason } from '../job.ts';
import type { Attempt } from './handler.ts';

type Failed = Extract<Attempt, { kind: 'failed' }>;
type Later = Extract<Attempt, { kind: 'later' }>;

/** @param output the end of what the handler wrote */
export function failed(reason: FailureReason, message: string, output: string | null): Failed {
  return { kind: 'failed', failure: { reason, message, output } };
}

/** A failure that no further attempt would mend. */
export function failedForGood(
  reason: FailureReason,
  message: string,
  output: string | null,
): Failed {
  return { ...failed(reason, message, output), isFinal: true };
}

/** @param afterMs null: after the usual pause */
export function later(
  message: string,
  output: string | null,
  afterMs: number | null = null,
): Later {
  const failure = { reason: 'postponed' as const, message, output };
  return { kind: 'later', failure, ...(afterMs === null ? {} : { afterMs }) };
}
