import { expect, test } from 'vitest';
import { Pace } from '../../../src/cache/pace.ts';

test('steps grow while they are short, up to a limit', async () => {
  const pace = new Pace(2, 0.1);
  const first = pace.stepSize();
  for (let i = 0; i < 50; i++) await pace.onStep(0.2);
  expect(pace.stepSize()).toBeGreaterThan(first);
  expect(pace.stepSize()).toBeLessThanOrEqual(1000);
  expect(pace.slowestStepMs).toBeCloseTo(0.1);
});

test('a step that takes too long makes the next one half as large and waits', async () => {
  const pace = new Pace(2, 0.1);
  const before = pace.stepSize();
  const startedAt = performance.now();
  await pace.onStep(20.1);
  expect(pace.stepSize()).toBe(before / 2);
  expect(performance.now() - startedAt).toBeGreaterThan(15);
  for (let i = 0; i < 10; i++) await pace.onStep(5);
  expect(pace.stepSize()).toBe(10);
  expect(pace.slowestStepMs).toBeCloseTo(20);
});

test('a slow network is no slow step', async () => {
  const pace = await Pace.of(2, () => new Promise((resolve) => setTimeout(resolve, 20)));
  const before = pace.stepSize();
  await pace.onStep(20.5);
  expect(pace.stepSize()).toBeGreaterThanOrEqual(before);
});
