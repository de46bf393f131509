import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { retryDelayMs, retryPolicyOf } from '../../../src/queue/retry-policy.ts';

const policy = { firstDelayMs: 1000, maxDelayMs: 60_000 };

it('doubles the pause with each failure, up to the longest', () => {
  const pauses = [1, 2, 3, 4, 7, 8, 2000].map((failures) => retryDelayMs(policy, failures, 0.5));
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 60_000, 60_000, 60_000]);
});

it('varies the pause by a fifth to either side', () => {
  expect(retryDelayMs(policy, 1, 0)).toBe(800);
  expect(retryDelayMs(policy, 1, 1)).toBe(1200);
  const drawn = Array.from({ length: 200 }, () => retryDelayMs(policy, 1));
  expect(new Set(drawn).size).toBeGreaterThan(20);
  expect(drawn.every((ms) => ms >= 800 && ms <= 1200)).toBe(true);
});

it('has no pause when none is set', () => {
  expect(retryDelayMs({ firstDelayMs: 0, maxDelayMs: 0 }, 3)).toBe(0);
});

it('takes the attempts of a type from its handler, else from queue.maxAttempts', async () => {
  const handlers = {
    mail: { command: ['mail'], maxAttempts: 7 },
    bill: { command: ['bill'] },
  };
  const { values } = await loadConfig({
    workingDirectory: '/',
    environment: { SCALECTL_QUEUE_MAX_ATTEMPTS: '4' },
    discover: false,
  });
  const { maxAttemptsOf } = retryPolicyOf({ ...values.queue, handlers });
  expect(['mail', 'bill', 'none', 'constructor', '__proto__'].map(maxAttemptsOf)).toEqual([
    7, 4, 4, 4, 4,
  ]);
});
