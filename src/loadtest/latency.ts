import { build } from 'hdr-histogram-js';
import type { Histogram } from 'hdr-histogram-js';
import type { LatencyFigures } from './plan.ts';

/** An hour: no request of a load test waits longer. */
const highestUs = 3_600_000_000;

/**
 * Latencies in an HDR histogram: microseconds, three significant digits, so that a percentile is off by a
 * thousandth at most and two recorders add up exactly. Smallest, largest and mean are kept as they are.
 */
export class LatencyRecorder {
  readonly #histogram: Histogram = build({
    highestTrackableValue: highestUs,
    numberOfSignificantValueDigits: 3,
    // The full range of 32-bit counters would take 90 KB a step.
    autoResize: true,
    bitBucketSize: 32,
  });
  #count = 0;
  #sumUs = 0;
  #minUs = Infinity;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  record(latencyMs: number): void {
    const latencyUs = Math.min(highestUs, Math.max(0, Math.round(latencyMs * 1000)));
    this.#histogram.recordValue(latencyUs);
    this.#count++;
    this.#sumUs += latencyUs;
    this.#minUs = Math.min(this.#minUs, latencyUs);
    this.#maxUs = Math.max(this.#maxUs, latencyUs);
  }

  add(other: LatencyRecorder): void {
    this.#histogram.add(other.#histogram);
    this.#count += other.#count;
    this.#sumUs += other.#sumUs;
    this.#minUs = Math.min(this.#minUs, other.#minUs);
    this.#maxUs = Math.max(this.#maxUs, other.#maxUs);
  }

  /** @param percent 0 to 100; null without samples */
  percentileMs(percent: number): number | null {
    if (this.#count === 0) return null;
    // A bucket's upper end may lie above everything that was recorded.
    return Math.min(this.#histogram.getValueAtPercentile(percent), this.#maxUs) / 1000;
  }

  figures(): LatencyFigures {
    const has = this.#count > 0;
    return {
      min: has ? this.#minUs / 1000 : null,
      mean: has ? Math.round(this.#sumUs / this.#count) / 1000 : null,
      p50: this.percentileMs(50),
      p90: this.percentileMs(90),
      p95: this.percentileMs(95),
      p99: this.percentileMs(99),
      p999: this.percentileMs(99.9),
      max: has ? this.#maxUs / 1000 : null,
    };
  }
}
