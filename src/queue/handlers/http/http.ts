import type { Handler } from '../handler.ts';
import { jobInput } from '../job-input.ts';
import { attemptOf } from './attempt-of-answer.ts';
import type { HttpPoster } from './post.ts';
import { signatureOf } from './signature.ts';

export interface HttpHandlerOptions {
  /** https, or http to this machine. */
  url: string;
  /** null: requests are not signed. */
  secret: string | null;
  timeoutMs: number;
  outputBytes: number;
}

/** A handler that is a web address: the job is posted to it as JSON, and the status of the answer decides. */
export function createHttpHandler(options: HttpHandlerOptions, poster: HttpPoster): Handler {
  const url = new URL(options.url);
  const { secret, timeoutMs, outputBytes } = options;
  return {
    run: async (job, signal) => {
      const body = jobInput(job);
      const seconds = Math.floor(Date.now() / 1000);
      const outcome = await poster.post({
        url,
        headers: {
          'Content-Type': 'application/json',
          'User-Agent': 'scalectl',
          // The same at each attempt: by it the receiver knows a job that it has done before.
          'Idempotency-Key': `scalectl-job-${job.id}`,
          ...(secret === null ? {} : { 'Scalectl-Signature': signatureOf(secret, body, seconds) }),
        },
        body,
        timeoutMs,
        signal,
        bodyBytes: outputBytes,
      });
      return attemptOf(outcome, timeoutMs, Date.now());
    },
  };
}
