import type { Config } from '../config/settings/index.ts';

export interface RetryPolicy {
  firstDelayMs: number;
  maxDelayMs: number;
  maxAttemptsOf: (type: string) => number;
}

export function retryPolicyOf(settings: Config['queue']): RetryPolicy {
  return {
    firstDelayMs: settings.retry.firstDelay,
    maxDelayMs: settings.retry.maxDelay,
    maxAttemptsOf: (type) =>
      (Object.hasOwn(settings.handlers, type) ? settings.handlers[type]?.maxAttempts : undefined) ??
      settings.maxAttempts,
  };
}

/**
 * The pause before the next attempt: doubled with each failure, varied by ± 20 % so that jobs which failed together
 * (the mail server was down) do not come back together.
 * @param failures attempts that failed, this one included: 1 and more
 * @param random from 0 to 1
 */
export function retryDelayMs(
  policy: Pick<RetryPolicy, 'firstDelayMs' | 'maxDelayMs'>,
  failures: number,
  random: number = Math.random(),
): number {
  const doubled = policy.firstDelayMs * 2 ** Math.min(failures - 1, 40);
  return Math.round(Math.min(doubled, policy.maxDelayMs) * (0.8 + 0.4 * random));
}
