import { describe, expect, it } from 'vitest';
import { ProofBudget } from '../../../src/optimizer/proof-budget.ts';

const never = new AbortController().signal;
const share = 0.1;

describe('the time for proofs', () => {
  it('counts while a proof goes on, and not between them', async () => {
    const budget = new ProofBudget({ maxMs: 1000, share: null });
    expect(budget.isUntouched).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(budget.remainingMs).toBe(1000);
    await budget.spend(() => new Promise((resolve) => setTimeout(resolve, 30)));
    const left = budget.remainingMs;
    expect(left).toBeGreaterThan(800);
    expect(left).toBeLessThan(975);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(budget.remainingMs).toBe(left);
  });

  it('is spread out where the server may give a tenth of it only, once half a minute is used up', async () => {
    const budget = new ProofBudget({ maxMs: 600_000, share });
    expect(budget.wallTimeOf(3000)).toBe(3000);
    expect(budget.wallTimeOf(9000)).toBe(60_000);
    await budget.rest(3000, never);
    expect(budget.wallTimeOf(1000)).toBe(10_000);
  });

  it('is not waited away: a pause ends with the budget, and with Ctrl-C', async () => {
    const budget = new ProofBudget({ maxMs: 40, share });
    await budget.spend(() => budget.rest(60_000, never));
    // Timers count whole milliseconds.
    expect(budget.remainingMs).toBeLessThan(1);
    const stop = new AbortController();
    const resting = new ProofBudget({ maxMs: 600_000, share }).rest(60_000, stop.signal);
    stop.abort();
    await expect(resting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('has no pauses while somebody waits', async () => {
    const budget = new ProofBudget({ maxMs: 600_000, share: null });
    const startedAt = performance.now();
    await budget.rest(60_000, never);
    expect(performance.now() - startedAt).toBeLessThan(100);
    expect(budget.wallTimeOf(5000)).toBe(5000);
  });
});
