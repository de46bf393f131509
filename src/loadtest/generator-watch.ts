import { LatencyRecorder } from './latency.ts';

/** Beyond these the figures tell of the generator, not of the target. */
export const generatorLimits = { sendLagMs: 20, cpu: 0.9 };

/** Watches whether the load generator itself was too slow: late sending, or a processor core used up. */
export class GeneratorWatch {
  readonly #lag = new LatencyRecorder();
  #lateSends = 0;
  #cpuFrom = process.cpuUsage();
  #from = performance.now();
  #cpu = 0;

  /** The measured time begins. */
  begin(): void {
    this.#cpuFrom = process.cpuUsage();
    this.#from = performance.now();
  }

  /** The measured time has ended. */
  end(): void {
    const { user, system } = process.cpuUsage(this.#cpuFrom);
    const elapsedUs = (performance.now() - this.#from) * 1000;
    this.#cpu = elapsedUs > 0 ? (user + system) / elapsedUs : 0;
  }

  /** How much later than planned a request was sent. */
  recordLag(lagMs: number): void {
    this.#lag.record(lagMs);
    if (lagMs > generatorLimits.sendLagMs) this.#lateSends++;
  }

  /** One late request decides nothing in a short run: in fewer than a hundred it would be the p99. */
  figures(): { cpu: number; sendLagP99Ms: number | null; valid: boolean } {
    const isLate = this.#lateSends > Math.max(1, this.#lag.count / 100);
    return {
      cpu: Math.round(this.#cpu * 1000) / 1000,
      sendLagP99Ms: this.#lag.percentileMs(99),
      valid: !isLate && this.#cpu <= generatorLimits.cpu,
    };
  }
}
