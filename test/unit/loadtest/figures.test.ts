import { describe, expect, it } from 'vitest';
import { DeathWatch } from '../../../src/loadtest/death-watch.ts';
import type { EngineReport } from '../../../src/loadtest/engine-report.ts';
import { GeneratorWatch } from '../../../src/loadtest/generator-watch.ts';
import { singlePage } from '../../../src/loadtest/journey.ts';
import { LatencyRecorder } from '../../../src/loadtest/latency.ts';
import { checkConnectionLimits, readConnectionLimits } from '../../../src/loadtest/limits.ts';
import { arrivalTimeMs } from '../../../src/loadtest/pacing.ts';
import type { LoadPlan } from '../../../src/loadtest/plan.ts';
import { Recorder } from '../../../src/loadtest/recorder.ts';
import { toResult } from '../../../src/loadtest/result.ts';
import { parseTarget } from '../../../src/loadtest/target.ts';
import { parseThreshold } from '../../../src/loadtest/thresholds.ts';

const success = { status: 200, failure: null, latencyMs: 10 };

describe('latencies', () => {
  it('have percentiles within a thousandth of those of the sorted values', () => {
    const recorder = new LatencyRecorder();
    // Exponential, mean 50 ms, by the quantile function: the order does not matter to a histogram.
    const values = Array.from({ length: 20_000 }, (_, i) => -50 * Math.log(1 - (i + 0.5) / 20_000));
    for (const value of values) recorder.record(value);
    const { p50, p95, p99, p999, min, max, mean } = recorder.figures();
    const exact = (percent: number): number => values[Math.ceil(percent * 200) - 1] ?? NaN;
    for (const [figure, percent] of [
      [p50, 50],
      [p95, 95],
      [p99, 99],
      [p999, 99.9],
    ] as const)
      expect(Math.abs((figure ?? 0) / exact(percent) - 1)).toBeLessThan(0.001);
    expect([min, max]).toEqual([0.001, Math.round((values.at(-1) ?? 0) * 1000) / 1000]);
    expect(mean).toBeCloseTo(50, 0);
  });

  it('of several recorders add up to those of one', () => {
    const one = new LatencyRecorder();
    const sum = new LatencyRecorder();
    for (let part = 0; part < 4; part++) {
      const recorder = new LatencyRecorder();
      for (let i = 1; i < 500; i++) {
        recorder.record(i * (part + 1) * 0.37);
        one.record(i * (part + 1) * 0.37);
      }
      sum.add(recorder);
    }
    expect(sum.figures()).toEqual(one.figures());
  });

  it('are null without samples, and never above the largest', () => {
    const recorder = new LatencyRecorder();
    expect(recorder.figures()).toMatchObject({ min: null, mean: null, p95: null, max: null });
    recorder.record(1234.567);
    expect(recorder.figures()).toMatchObject({ p50: 1234.567, p999: 1234.567, max: 1234.567 });
  });
});

describe('arrivals', () => {
  it('come evenly after a ramp in which their number grows with the square of time', () => {
    // 100 a second, ramp 2 s: a quarter of the ramp's 100 arrivals in its first half, then one each 10 ms.
    expect(arrivalTimeMs(25, 100, 2000)).toBeCloseTo(1000);
    expect(arrivalTimeMs(100, 100, 2000)).toBeCloseTo(2000);
    expect(arrivalTimeMs(150, 100, 2000)).toBeCloseTo(2500);
    expect(arrivalTimeMs(150, 100, 0)).toBeCloseTo(1500);
  });
});

describe('a target', () => {
  it('is dead after three seconds of nothing but failures', () => {
    const watch = new DeathWatch();
    for (const now of [0, 1000, 2000]) watch.record({ ...success, failure: 'timeout' }, now);
    expect([watch.isDead(2900), watch.isDead(3000)]).toEqual([false, true]);
  });

  it('that has answered before gets ten failures in a row', () => {
    const watch = new DeathWatch();
    watch.record(success, 0);
    for (let i = 0; i < 9; i++) watch.record({ ...success, failure: 'status-5xx' }, 100 + i);
    expect(watch.isDead(9000)).toBe(false);
    watch.record({ ...success, failure: 'status-5xx' }, 200);
    expect(watch.isDead(9000)).toBe(true);
    watch.record(success, 9001);
    expect(watch.isDead(20_000)).toBe(false);
  });
});

describe('the generator', () => {
  it('is too slow when more than one in a hundred requests goes out 20 ms late', () => {
    const watch = new GeneratorWatch();
    for (let i = 0; i < 995; i++) watch.recordLag(1);
    for (let i = 0; i < 5; i++) watch.recordLag(30);
    expect(watch.figures()).toMatchObject({ valid: true, sendLagP99Ms: 1 });
    for (let i = 0; i < 10; i++) watch.recordLag(30);
    expect(watch.figures().valid).toBe(false);
  });

  it('is not judged by a single late request of a short run', () => {
    const watch = new GeneratorWatch();
    watch.recordLag(30);
    expect(watch.figures()).toMatchObject({ valid: true, sendLagP99Ms: 30 });
    watch.recordLag(30);
    expect(watch.figures().valid).toBe(false);
  });

  it('is too slow when it used up its core', () => {
    const watch = new GeneratorWatch();
    watch.begin();
    for (const until = performance.now() + 200; performance.now() < until;);
    watch.end();
    // Of a machine that is shared with others a process may get less than it wants.
    const { cpu, valid } = watch.figures();
    expect(cpu).toBeGreaterThan(0.2);
    expect(valid).toBe(cpu <= 0.9);
  });
});

describe('connections', () => {
  it('beyond what this machine allows are refused with the way out', () => {
    const limits = { descriptors: 1024, ports: 28_232 };
    expect(() => checkConnectionLimits(924, limits)).not.toThrow();
    expect(() => checkConnectionLimits(925, limits)).toThrow(
      expect.objectContaining({
        code: 'operation-failed',
        message: expect.stringContaining('1024 files') as string,
        hint: expect.stringContaining('at most 924 users') as string,
      }),
    );
    expect(() => checkConnectionLimits(28_233, { descriptors: null, ports: 28_232 })).toThrow(
      /28232 for one target/,
    );
  });

  it.runIf(process.platform === 'linux')('are counted by the limits of Linux', () => {
    const { descriptors, ports } = readConnectionLimits();
    expect(descriptors).toBeGreaterThan(0);
    expect(ports).toBeGreaterThan(0);
  });
});

describe('the result', () => {
  const plan: LoadPlan = {
    target: { ...parseTarget('http://127.0.0.1/'), addresses: ['127.0.0.1'], isLocal: false },
    engine: 'users',
    journey: singlePage('/'),
    users: 2,
    durationMs: 10_000,
    rampMs: 0,
    thinkMs: 0,
    timeoutMs: 1000,
    ratePerSecond: null,
    thresholds: ['p95<500ms', 'successRate>=99%'].map((text) => {
      const threshold = parseThreshold(text);
      if (!threshold) throw new Error(text);
      return threshold;
    }),
    verifyCertificate: true,
  };

  function resultOf(
    failures: number,
    changed: Partial<EngineReport> = {},
  ): ReturnType<typeof toResult> {
    const recorder = new Recorder(1);
    for (let i = 0; i < 1000; i++)
      recorder.record(
        0,
        i < failures ? { ...success, status: 500, failure: 'status-5xx' } : success,
      );
    return toResult(plan, {
      recorder,
      durationMs: 10_000,
      generator: { cpu: 0.1, sendLagP99Ms: 1, valid: true },
      connections: { opened: 2, retried: 0 },
      isDead: false,
      notes: [],
      ...changed,
    });
  }

  it.each([
    [0, 'passed'],
    [10, 'passed'],
    [11, 'failed'],
  ])('with %i failures in a thousand is %s', (failures, verdict) => {
    const result = resultOf(failures);
    expect(result.verdict).toBe(verdict);
    expect(result.successRate).toBe((1000 - failures) / 1000);
    expect(result.requestsPerSecond).toBe(100);
    expect(Object.values(result.errors).reduce((sum, count) => sum + count, 0)).toBe(failures);
  });

  it('is invalid, whatever it shows, when the generator was too slow', () => {
    const generator = { cpu: 0.99, sendLagP99Ms: 1, valid: false };
    expect(resultOf(0, { generator }).verdict).toBe('invalid');
    expect(resultOf(1000, { generator }).verdict).toBe('invalid');
    expect(resultOf(1000, { generator, isDead: true }).verdict).toBe('failed');
  });

  it('has failed when there are no figures', () => {
    const result = resultOf(0, { recorder: new Recorder(1), durationMs: 0 });
    expect(result).toMatchObject({
      verdict: 'failed',
      requests: 0,
      requestsPerSecond: null,
      successRate: null,
      latencyMs: { p95: null },
    });
    expect(result.notes.join()).toContain('no request fell into the measured time');
  });
});
