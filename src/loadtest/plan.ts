import type { Journey } from './journey.ts';
import type { CheckedTarget } from './target.ts';
import type { Threshold, ThresholdResult } from './thresholds.ts';

export type EngineName = 'users' | 'autocannon';

/** Everything that a run needs to know; durations in milliseconds. */
export interface LoadPlan {
  target: CheckedTarget;
  engine: EngineName;
  journey: Journey;
  /** Sessions alive at once, each with its own cookies and its own connection. In the open model: at most so many. */
  users: number;
  /** Measured time; it begins after the ramp. */
  durationMs: number;
  /** The users start one after another in this time; nothing in it counts. */
  rampMs: number;
  /** Mean pause after a step, ± 50 %. */
  thinkMs: number;
  /** A request that has no whole answer by then has failed. */
  timeoutMs: number;
  /** The open model: so many journeys a second begin by the clock, whatever the target does. Null for the closed one. */
  ratePerSecond: number | null;
  thresholds: readonly Threshold[];
  verifyCertificate: boolean;
}

export type Phase = 'ramp' | 'measuring' | 'draining';

/** Told about once a second. */
export interface LoadProgress {
  phase: Phase;
  elapsedMs: number;
  totalMs: number;
  /** Sessions that have begun. */
  activeUsers: number;
  requests: number;
  failures: number;
  requestsPerSecond: number;
  p95Ms: number | null;
}

/** Milliseconds, to the microsecond; null without samples. */
export interface LatencyFigures {
  min: number | null;
  mean: number | null;
  p50: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
  p999: number | null;
  max: number | null;
}

export interface StepResult {
  name: string;
  method: string;
  path: string;
  requests: number;
  successRate: number | null;
  latencyMs: LatencyFigures;
  statusCodes: Record<string, number>;
  errors: Record<string, number>;
}

/** What `loadtest --json` prints as result. */
export interface LoadTestResult {
  target: string;
  /** `autocannon` is a capacity probe: a closed loop without pauses, whose percentiles no user sees. */
  engine: EngineName;
  /** `users`: sessions with pauses; `arrivals`: the open model of --rate; `closed-loop`: no pauses at all. */
  model: 'users' | 'arrivals' | 'closed-loop';
  users: number;
  durationMs: number;
  requests: number;
  requestsPerSecond: number | null;
  successRate: number | null;
  /** Of all requests that were answered, and of those given up, with the time that was waited. */
  latencyMs: LatencyFigures;
  statusCodes: Record<string, number>;
  /** By kind (failure-kinds.ts); their sum is requests minus successes. */
  errors: Record<string, number>;
  thresholds: ThresholdResult[];
  verdict: 'passed' | 'failed' | 'invalid';
  /** `cpu`: cores that this process used, 1 is one whole core. */
  generator: { cpu: number; sendLagP99Ms: number | null; valid: boolean };
  /** `retried`: sent again because the server had closed a kept-alive connection; no failures by themselves. */
  connections: { opened: number; retried: number };
  steps: StepResult[];
  /** What a reader must know to read the figures right. */
  notes: string[];
}

export interface LoadTestHooks {
  /** Aborted, the run stops at once and returns what was measured so far. */
  signal?: AbortSignal;
  onProgress?: (progress: LoadProgress) => void;
}
