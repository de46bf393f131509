import { formatDuration } from '../../../config/quantity.ts';
import { failed, failedForGood, later } from '../attempt.ts';
import type { Attempt } from '../handler.ts';
import type { PostOutcome } from './post.ts';
import { readRetryAfter } from './retry-after.ts';

/** With a `Retry-After` these mean "not now", and nothing is charged. */
const postponing = new Set([409, 425, 429, 503]);

/** Refusals that another attempt may not meet: the server's time ran out, a conflict, too early, too many. */
const passing = new Set([408, 409, 423, 425, 429]);

/**
 * What an answer means for the job. 2xx: done, the body is the result. 409, 425, 429 and 503 with `Retry-After`:
 * later. Other 4xx say that this request will never do, and so do redirects, which are not followed: a dead letter at
 * once, which `queue retry` puts back when the receiver is mended. All else may pass: failed, with a retry.
 */
export function attemptOf(outcome: PostOutcome, timeoutMs: number, now: number): Attempt {
  switch (outcome.kind) {
    case 'aborted':
      return { kind: 'aborted' };
    case 'timeout': {
      const limit = formatDuration(timeoutMs);
      return failed('timeout', `there was no answer within ${limit}`, null);
    }
    case 'no-answer':
      return failed('error', `there was no answer: ${outcome.why}`, null);
    case 'answer':
      return attemptOfStatus(outcome, now);
  }
}

function attemptOfStatus(
  { status, retryAfter, body }: Extract<PostOutcome, { kind: 'answer' }>,
  now: number,
): Attempt {
  if (status >= 200 && status <= 299) return { kind: 'done', result: body };
  const message = `the answer was ${status}`;
  const waitMs = readRetryAfter(retryAfter, now);
  if (postponing.has(status) && waitMs !== null) return later(message, body, waitMs);
  if (status >= 300 && status <= 399) {
    return failedForGood('error', `${message}: redirects are not followed`, body);
  }
  const isRefused = status >= 400 && status <= 499 && !passing.has(status);
  return (isRefused ? failedForGood : failed)('error', message, body);
}
