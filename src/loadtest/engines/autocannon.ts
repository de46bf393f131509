import type { EventEmitter } from 'node:events';
import type { Client, Options } from 'autocannon';
import { chooseEndpoint, tryConnect } from '../endpoint.ts';
import type { EngineReport } from '../engine-report.ts';
import { kindOfSocketError } from '../failure-kinds.ts';
import type { FailureKind } from '../failure-kinds.ts';
import { GeneratorWatch } from '../generator-watch.ts';
import type { Endpoint } from '../http/connection.ts';
import { judgeAnswer } from '../judge-answer.ts';
import type { Step } from '../journey.ts';
import type { LoadPlan, LoadTestHooks } from '../plan.ts';
import { Recorder } from '../recorder.ts';

/** What autocannon's connection does beyond its published types. */
type ProbeClient = EventEmitter & { destroy(): void };

/** A request that was under way at the end was not lost unless it had waited for long. */
const lostAfterMs = 1000;
/** autocannon looks once a second whether it shall stop. */
const hardStopMs = 3000;
const progressMs = 1000;

/**
 * The capacity probe: autocannon sends on every connection without pause, for the most requests a second that the
 * target can answer. It is given one page, and is watched: autocannon itself reconnects at once and for ever when
 * connections fail, mixes up start times after a lost connection, and knows no p95. So latencies and failures are
 * taken from its connections' events here, and its end is ours.
 */
export async function runAutocannon(plan: LoadPlan, hooks: LoadTestHooks): Promise<EngineReport> {
  const step = plan.journey.steps[0];
  if (!step) throw new Error('a probe needs a page');
  const endpoint = await chooseEndpoint(plan.target, plan.verifyCertificate);
  const refusal = await tryConnect(endpoint.address, endpoint.port);
  const probe = new Probe(plan, step, hooks);
  if (refusal) return probe.reportUnreachable(refusal);
  return probe.run(endpoint);
}

class Probe {
  readonly #plan: LoadPlan;
  readonly #step: Step;
  readonly #hooks: LoadTestHooks;
  readonly #recorder = new Recorder(1);
  readonly #generator = new GeneratorWatch();
  readonly #clients: ClientWatch[] = [];
  readonly #notes = [
    'closed loop without pauses: requests a second are the capacity; the percentiles are no latency that users see',
  ];
  #failuresInRow = 0;
  #isDead = false;
  #end: () => void = () => undefined;

  constructor(plan: LoadPlan, step: Step, hooks: LoadTestHooks) {
    this.#plan = plan;
    this.#step = step;
    this.#hooks = hooks;
    if (plan.target.isSecure)
      this.#notes.push('autocannon takes any certificate: it was not verified');
  }

  reportUnreachable(error: Error): EngineReport {
    this.#recorder.record(0, { status: null, failure: kindOfSocketError(error), latencyMs: null });
    this.#isDead = true;
    return this.#report(0);
  }

  async run(endpoint: Endpoint): Promise<EngineReport> {
    const { default: autocannon } = await import('autocannon');
    const { durationMs, users, target } = this.#plan;
    const { signal } = this.#hooks;
    const ended = new Promise<void>((resolve) => (this.#end = resolve));
    const end = (): void => this.#end();
    signal?.addEventListener('abort', end);
    const isDone = new Promise<void>((resolve) => {
      this.#begin(() => autocannon(this.#options(endpoint, users, target.host), () => resolve()));
    });
    const from = performance.now();
    const timer = setTimeout(end, durationMs);
    const progress = setInterval(() => this.#tell(performance.now() - from), progressMs);
    if (signal?.aborted) end();
    await ended;
    this.#generator.end();
    const elapsedMs = performance.now() - from;
    signal?.removeEventListener('abort', end);
    clearTimeout(timer);
    clearInterval(progress);
    for (const client of this.#clients) client.close();
    this.#stop();
    await Promise.race([isDone, pause(hardStopMs)]);
    if (elapsedMs < durationMs && !this.#isDead)
      this.#notes.push('the run was stopped; the figures are of the time until then');
    return this.#report(elapsedMs);
  }

  record(status: number | null, failure: FailureKind | null, latencyMs: number | null): void {
    this.#recorder.record(0, { status, failure, latencyMs });
    if (failure === null) this.#failuresInRow = 0;
    else if (status === null) this.#failuresInRow++;
    // Each lost connection is opened again at once: without an end this would be a storm.
    if (this.#failuresInRow < 100 + 3 * this.#plan.users || this.#isDead) return;
    this.#isDead = true;
    for (const client of this.#clients) client.close();
    this.#end();
  }

  judge(status: number, text: string): FailureKind | null {
    const head = { status, keepAlive: true, chunked: false, contentLength: null };
    return judgeAnswer(
      this.#step,
      { ...head, encoding: null, location: null, setCookies: [] },
      text,
    );
  }

  #stop: () => void = () => undefined;

  #begin(open: () => { stop(): void }): void {
    this.#generator.begin();
    const instance = open();
    this.#stop = () => instance.stop();
  }

  #options(endpoint: Endpoint, connections: number, host: string): Options {
    const scheme = endpoint.tls ? 'https' : 'http';
    const address = endpoint.address.includes(':') ? `[${endpoint.address}]` : endpoint.address;
    return {
      url: `${scheme}://${address}:${endpoint.port}${this.#plan.journey.steps[0]?.path ?? '/'}`,
      connections,
      headers: { Host: host, 'User-Agent': 'scalectl-loadtest', Accept: '*/*' },
      // The end is ours; this one only makes sure that there is one.
      duration: Math.ceil(this.#plan.durationMs / 1000) + 2,
      timeout: Math.ceil(this.#plan.timeoutMs / 1000),
      skipAggregateResult: true,
      ...(endpoint.tls ? { servername: endpoint.tls.servername } : {}),
      setupClient: (client: Client) => {
        const probed = client as unknown as ProbeClient;
        this.#clients.push(new ClientWatch(probed, this, this.#plan.timeoutMs));
      },
    };
  }

  #tell(elapsedMs: number): void {
    const { requests, latencyMs } = this.#recorder.overall();
    this.#hooks.onProgress?.({
      phase: 'measuring',
      elapsedMs,
      totalMs: this.#plan.durationMs,
      activeUsers: this.#plan.users,
      requests,
      failures: requests - this.#recorder.successes,
      requestsPerSecond: (requests * 1000) / elapsedMs,
      p95Ms: latencyMs.p95,
    });
  }

  #report(durationMs: number): EngineReport {
    return {
      recorder: this.#recorder,
      durationMs,
      generator: this.#generator.figures(),
      connections: {
        opened: this.#clients.reduce((sum, client) => sum + client.opened, 0),
        retried: 0,
      },
      isDead: this.#isDead,
      notes: this.#notes,
    };
  }
}

/** Follows the requests of one of autocannon's connections by its events. */
class ClientWatch {
  opened = 1;
  readonly #client: ProbeClient;
  readonly #probe: Probe;
  readonly #timeoutMs: number;
  #sentAt: number | null = null;
  #text = '';

  constructor(client: ProbeClient, probe: Probe, timeoutMs: number) {
    this.#client = client;
    this.#probe = probe;
    this.#timeoutMs = timeoutMs;
    client.on('request', () => this.#onRequest());
    client.on('body', (bytes: Buffer) => {
      if (this.#text === '') this.#text = bytes.toString('latin1', 0, 4096);
    });
    client.on('response', (status: number) => this.#onResponse(status));
    client.on('connError', (error: Error) => this.#onError(error));
  }

  close(): void {
    const waitedMs = this.#sentAt === null ? 0 : performance.now() - this.#sentAt;
    this.#sentAt = null;
    if (waitedMs >= lostAfterMs) this.#probe.record(null, 'unfinished', waitedMs);
    this.#client.destroy();
  }

  /** A second request before the answer to the first: its connection was given up in between. */
  #onRequest(): void {
    const now = performance.now();
    if (this.#sentAt !== null) {
      const waitedMs = now - this.#sentAt;
      this.opened++;
      const isTimeout = waitedMs >= this.#timeoutMs;
      this.#probe.record(
        null,
        isTimeout ? 'timeout' : 'connection-closed',
        isTimeout ? waitedMs : null,
      );
    }
    this.#sentAt = now;
    this.#text = '';
  }

  #onResponse(status: number): void {
    if (this.#sentAt === null) return;
    const latencyMs = performance.now() - this.#sentAt;
    this.#sentAt = null;
    this.#probe.record(status, this.#probe.judge(status, this.#text), latencyMs);
  }

  #onError(error: Error): void {
    this.#sentAt = null;
    this.opened++;
    this.#probe.record(null, kindOfSocketError(error), null);
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs).unref());
}
