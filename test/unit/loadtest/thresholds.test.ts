import { describe, expect, it } from 'vitest';
import { judgeThresholds, parseThreshold } from '../../../src/loadtest/thresholds.ts';
import type { ThresholdFigures } from '../../../src/loadtest/thresholds.ts';

const figures: ThresholdFigures = {
  requests: 1000,
  requestsPerSecond: 100,
  successRate: 0.99,
  errors: 10,
  latencyMs: { min: 1, mean: 50, p50: 40, p90: 90, p95: 500, p99: 900, p999: 990, max: 1000.5 },
};

function judge(text: string, measured: ThresholdFigures = figures): [number | null, boolean] {
  const threshold = parseThreshold(text);
  if (!threshold) throw new Error(`${text} is no threshold`);
  const [result] = judgeThresholds([threshold], measured);
  return [result?.actual ?? null, result?.passed ?? false];
}

describe('a threshold', () => {
  it.each([
    ['p95<500ms', 500, false],
    ['p95<=500ms', 500, true],
    [' p99 < 1s ', 900, true],
    ['p99.9<1s', 990, true],
    ['p999<0.9s', 990, false],
    ['max>1000ms', 1000.5, true],
    ['min<0.5ms', 1, false],
    ['mean<1m', 50, true],
    ['successRate>=99%', 0.99, true],
    ['successRate>0.99', 0.99, false],
    ['errors==0', 10, false],
    ['errors<=10', 10, true],
    ['requests>=1000', 1000, true],
    ['requestsPerSecond>=100.5', 100, false],
  ])('%s is compared with what was measured', (text, actual, passed) => {
    expect(judge(text)).toEqual([actual, passed]);
  });

  it('keeps what was written, without blanks', () => {
    expect(parseThreshold(' p95 < 500ms ')?.expression).toBe('p95<500ms');
  });

  it('is not met without samples', () => {
    const latencyMs = { ...figures.latencyMs, p95: null };
    expect(judge('p95<500ms', { ...figures, latencyMs })).toEqual([null, false]);
    expect(judge('successRate<=1', { ...figures, successRate: null })).toEqual([null, false]);
  });

  it.each([
    ['p95<500', 'a latency without unit'],
    ['p95<50%', 'a latency in percent'],
    ['p42<1s', 'an unknown percentile'],
    ['successRate>=99', 'a rate above one'],
    ['successRate>=99ms', 'a rate with a time'],
    ['errors==0%', 'a count in percent'],
    ['p95=500ms', 'a single equals sign'],
    ['p95<1.2.3ms', 'no number'],
    ['toString<1ms', 'a name of JavaScript'],
    ['p95', 'half of one'],
    ['', 'nothing'],
  ])('%s is refused: %s', (text) => {
    expect(parseThreshold(text)).toBeNull();
  });
});
