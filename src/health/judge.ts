import type { Finding, Status } from './check.ts';

/** Two limits; for a figure that is better when it is higher, warning is the greater of the two. */
export interface Limits {
  warning: number;
  critical: number;
}

export interface Measurement {
  observed: number;
  limits: Limits;
  better: 'lower' | 'higher';
  unit: string;
  /** The figure in words, as `mean statement 12 ms`. */
  message: string;
  source: string;
  sampleSize?: number;
  windowMs?: number;
  /** Shown when the verdict is not ok. */
  advice: string;
}

/** A measured figure against its limits. A lower-is-better figure is bad from its limit on, the other kind below it. */
export function judge(measurement: Measurement): Finding {
  const { observed, limits, better } = measurement;
  const isPast = (limit: number): boolean =>
    better === 'lower' ? observed >= limit : observed < limit;
  const status: Status = isPast(limits.critical)
    ? 'critical'
    : isPast(limits.warning)
      ? 'warning'
      : 'ok';
  return {
    status,
    message: measurement.message,
    observed,
    target: limits.warning,
    unit: measurement.unit,
    sampleSize: measurement.sampleSize ?? null,
    windowMs: measurement.windowMs ?? null,
    source: measurement.source,
    advice: status === 'ok' ? null : measurement.advice,
  };
}
