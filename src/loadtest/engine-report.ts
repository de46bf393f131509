import type { Recorder } from './recorder.ts';

/** What an engine hands back: raw figures, from which the result is made. */
export interface EngineReport {
  /** One entry a step of the journey. */
  recorder: Recorder;
  /** The time that the figures are of. */
  durationMs: number;
  generator: { cpu: number; sendLagP99Ms: number | null; valid: boolean };
  connections: { opened: number; retried: number };
  /** The target was dead, and the run ended before its time. */
  isDead: boolean;
  notes: string[];
}
