import { chooseEndpoint } from '../endpoint.ts';
import { DeathWatch } from '../death-watch.ts';
import type { EngineReport } from '../engine-report.ts';
import { GeneratorWatch } from '../generator-watch.ts';
import type { Endpoint } from '../http/connection.ts';
import type { Journey } from '../journey.ts';
import { ArrivalPacing, connectsPerSecond, UserPacing } from '../pacing.ts';
import type { Pacing } from '../pacing.ts';
import type { LoadPlan, LoadTestHooks, Phase } from '../plan.ts';
import { Recorder } from '../recorder.ts';
import type { RequestOutcome } from '../recorder.ts';
import { RequestWriter } from '../request.ts';
import { Session } from '../session.ts';
import type { SessionRun } from '../session.ts';
import type { CheckedTarget } from '../target.ts';

/** After the measured time: what has no answer by then has failed. The run ends within duration + 5 s. */
const drainMs = 4000;
const tickMs = 50;
const progressMs = 1000;

/** Runs N users, each a session of its own, over their own HTTP client. Never longer than ramp + duration + 5 s. */
export async function runUsers(plan: LoadPlan, hooks: LoadTestHooks): Promise<EngineReport> {
  const endpoint = await chooseEndpoint(plan.target, plan.verifyCertificate);
  return new UserRun(plan, hooks, endpoint).run();
}

class UserRun implements SessionRun {
  readonly target: CheckedTarget;
  readonly endpoint: Endpoint;
  readonly writer: RequestWriter;
  readonly journey: Journey;
  readonly thinkMs: number;

  readonly #plan: LoadPlan;
  readonly #hooks: LoadTestHooks;
  readonly #pacing: Pacing;
  readonly #sessions: Session[] = [];
  readonly #ramp: Recorder;
  readonly #measured: Recorder;
  readonly #generator = new GeneratorWatch();
  readonly #death = new DeathWatch();
  readonly #connections = { opened: 0, retried: 0 };
  readonly #redirects = { count: 0, origin: '' };
  #phase: Phase = 'ramp';
  #isDiscarding = false;
  #isDead = false;
  #underWay = 0;
  #late = 0;
  #beganAt = 0;
  #measureAt = 0;
  #endAt = Infinity;
  #toldAt = 0;
  #timers: NodeJS.Timeout[] = [];
  #finish: () => void = () => undefined;

  constructor(plan: LoadPlan, hooks: LoadTestHooks, endpoint: Endpoint) {
    this.#plan = plan;
    this.#hooks = hooks;
    this.endpoint = endpoint;
    this.target = plan.target;
    this.writer = new RequestWriter(plan.target);
    this.journey = plan.journey;
    this.thinkMs = plan.thinkMs;
    this.#ramp = new Recorder(plan.journey.steps.length);
    this.#measured = new Recorder(plan.journey.steps.length);
    this.#pacing = this.#createPacing();
  }

  async run(): Promise<EngineReport> {
    const { durationMs, rampMs } = this.#plan;
    const { signal } = this.#hooks;
    const finished = new Promise<void>((resolve) => (this.#finish = resolve));
    const interrupt = (): void => this.#stopNow();
    signal?.addEventListener('abort', interrupt);
    this.#beganAt = performance.now();
    this.#toldAt = this.#beganAt;
    this.#measureAt = this.#beganAt + rampMs;
    this.#endAt = this.#measureAt + durationMs;
    this.#timers = [
      setTimeout(() => this.#beginMeasuring(), rampMs),
      setTimeout(() => this.#drain(), rampMs + durationMs),
      setTimeout(() => this.#finish(), rampMs + durationMs + drainMs),
      setInterval(() => this.#tick(), tickMs),
    ];
    if (signal?.aborted) this.#stopNow();
    else this.#pacing.begin();
    await finished;
    signal?.removeEventListener('abort', interrupt);
    return this.#close();
  }

  mayBegin(beganAt: number): boolean {
    return beganAt < this.#endAt && !this.#isDiscarding;
  }

  onSend(): void {
    this.#underWay++;
  }

  onConnect(): void {
    this.#connections.opened++;
  }

  onRetry(): void {
    this.#connections.retried++;
  }

  onWakeUp(lagMs: number): void {
    if (this.#phase === 'measuring') this.#generator.recordLag(lagMs);
  }

  onRedirectElsewhere(location: string): void {
    this.#redirects.count++;
    this.#redirects.origin = new URL(location, this.target.url).origin;
  }

  onOutcome(step: number, beganAt: number, outcome: RequestOutcome): void {
    this.#underWay--;
    if (this.#isDiscarding) return;
    this.#death.record(outcome, performance.now());
    if (beganAt < this.#measureAt) this.#ramp.record(step, outcome);
    else this.#measured.record(step, outcome);
  }

  onJourneyEnd(session: Session, thinkMs: number, backOffMs: number): void {
    this.#pacing.onJourneyEnd(session, thinkMs, backOffMs);
  }

  #createPacing(): Pacing {
    const { users, rampMs, ratePerSecond } = this.#plan;
    const createSession = (number: number): Session => {
      const session = new Session(this, number);
      this.#sessions.push(session);
      return session;
    };
    const onLag = (lagMs: number): void => this.onWakeUp(lagMs);
    const onWait = (): void => void this.#late++;
    const options = { users, rampMs, createSession };
    return ratePerSecond === null
      ? new UserPacing(options)
      : new ArrivalPacing({ ...options, ratePerSecond, onLag, onWait });
  }

  #beginMeasuring(): void {
    this.#phase = 'measuring';
    this.#generator.begin();
  }

  /** Nothing new begins; what is under way may end. */
  #drain(): void {
    if (this.#phase !== 'draining') this.#generator.end();
    this.#phase = 'draining';
    this.#pacing.stop();
    this.#tick();
  }

  /** Ctrl-C, or a dead target: what is under way is not waited for, and not counted. */
  #stopNow(): void {
    this.#endAt = Math.min(this.#endAt, performance.now());
    this.#isDiscarding = true;
    this.#drain();
    this.#finish();
  }

  #tick(): void {
    const now = performance.now();
    for (const session of this.#sessions) session.checkTimeout(now, this.#plan.timeoutMs);
    if (this.#phase === 'draining') {
      if (this.#underWay === 0 && this.#pacing.waiting().length === 0) this.#finish();
    } else if (this.#death.isDead(now)) {
      this.#isDead = true;
      this.#stopNow();
    }
    if (now - this.#toldAt >= progressMs) this.#tell(now);
  }

  #tell(now: number): void {
    this.#toldAt = now;
    const { durationMs, rampMs } = this.#plan;
    const recorder = this.#phase === 'ramp' ? this.#ramp : this.#measured;
    const { requests, latencyMs } = recorder.overall();
    const since = this.#phase === 'ramp' ? this.#beganAt : this.#measureAt;
    this.#hooks.onProgress?.({
      phase: this.#phase,
      elapsedMs: now - this.#beganAt,
      totalMs: rampMs + durationMs,
      activeUsers: this.#pacing.activeUsers,
      requests,
      failures: requests - recorder.successes,
      requestsPerSecond: (requests * 1000) / Math.max(1, Math.min(now, this.#endAt) - since),
      p95Ms: latencyMs.p95,
    });
  }

  #close(): EngineReport {
    const now = performance.now();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#pacing.stop();
    for (const session of this.#sessions) session.close(now);
    if (!this.#isDiscarding) {
      for (const arrivedAt of this.#pacing.waiting())
        this.#measured.record(0, { status: null, failure: 'unsent', latencyMs: now - arrivedAt });
    }
    // A run that ended in its ramp, or found the target dead there, has no other figures than those of the ramp.
    const isDeadFromStart = this.#measured.requests === 0 && this.#ramp.successes === 0;
    const isRampOnly =
      this.#endAt <= this.#measureAt || (isDeadFromStart && this.#ramp.requests > 0);
    return {
      recorder: isRampOnly ? this.#ramp : this.#measured,
      durationMs: this.#endAt - (isRampOnly ? this.#beganAt : this.#measureAt),
      generator: this.#generator.figures(),
      connections: this.#connections,
      isDead: this.#isDead,
      notes: this.#notes(now),
    };
  }

  #notes(now: number): string[] {
    const { users, rampMs, ratePerSecond } = this.#plan;
    const notes: string[] = [];
    const neededMs = (users * 1000) / connectsPerSecond;
    if (ratePerSecond === null && neededMs > rampMs + 1000)
      notes.push(
        `the users needed ${neededMs / 1000} s to start, at ${connectsPerSecond} connections a second; use --ramp ${Math.ceil(neededMs / 1000)}s`,
      );
    if (this.#isDead)
      notes.push('nothing succeeded for three seconds: the run was ended before its time');
    else if (this.#isDiscarding) {
      const seconds = ((now - this.#beganAt) / 1000).toFixed(1);
      notes.push(`the run was stopped after ${seconds} s; the figures are of the time until then`);
    }
    if (this.#redirects.count > 0)
      notes.push(
        `${this.#redirects.count} redirects to ${this.#redirects.origin} were not followed; test that address itself`,
      );
    if (this.#late > 0)
      notes.push(
        `${this.#late} arrivals found all ${users} sessions busy and had to wait; their waiting counts as latency (more sessions: --users)`,
      );
    return notes;
  }
}
