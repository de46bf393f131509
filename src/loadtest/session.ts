import type { FailureKind } from './failure-kinds.ts';
import type { BodySample } from './http/body-sample.ts';
import { Connection } from './http/connection.ts';
import type { ConnectionOwner, Endpoint, RequestFailure } from './http/connection.ts';
import { CookieJar } from './http/cookie-jar.ts';
import type { ResponseHead } from './http/response-head.ts';
import { isIdempotent, userVariable } from './journey.ts';
import type { Journey, Step } from './journey.ts';
import { extractFrom, judgeAnswer, keepBytesOf } from './judge-answer.ts';
import type { RequestOutcome } from './recorder.ts';
import { redirectOf, requestOf } from './request.ts';
import type { RequestWriter, SessionRequest } from './request.ts';
import type { Target } from './target.ts';

/** What the sessions of a run share, and tell. */
export interface SessionRun {
  readonly target: Target;
  readonly endpoint: Endpoint;
  readonly writer: RequestWriter;
  readonly journey: Journey;
  readonly thinkMs: number;
  /** Whether a request that was to begin then may still be sent: not when the measured time is over. */
  mayBegin(beganAt: number): boolean;
  onSend(): void;
  onConnect(): void;
  onRetry(): void;
  /** @param beganAt when the request was to begin, on the clock of performance.now() */
  onOutcome(step: number, beganAt: number, outcome: RequestOutcome): void;
  onWakeUp(lagMs: number): void;
  onRedirectElsewhere(location: string): void;
  /**
   * @param thinkMs the user's own pause before the next journey
   * @param backOffMs how long the session must not connect again; 0 unless a connection was lost
   */
  onJourneyEnd(session: Session, thinkMs: number, backOffMs: number): void;
}

/** A user without a connection tries again once a second at most, and not all users at the same moment. */
const reconnectPauseMs = { least: 1000, most: 1500 };
/** As many as browsers follow at least half of. */
const redirectLimit = 10;

/** One user: own cookies, own connection, own place in the journey. */
export class Session implements ConnectionOwner {
  readonly #run: SessionRun;
  #jar: CookieJar;
  readonly #values: Map<string, string>;
  #connection: Connection | null = null;
  #timer: NodeJS.Timeout | null = null;
  #stepIndex = 0;
  #isBegun = false;
  #request: SessionRequest | null = null;
  #beganAt = 0;
  #sentAt = 0;
  #redirects = 0;
  #isRetry = false;

  /** @param number from 1 */
  constructor(run: SessionRun, number: number) {
    const { journey } = run;
    const account = journey.accounts[(number - 1) % Math.max(1, journey.accounts.length)] ?? {};
    this.#run = run;
    this.#jar = this.#newJar();
    this.#values = new Map([
      [userVariable, String(number)],
      ...Object.entries(journey.variables),
      ...Object.entries(account),
    ]);
    for (const [name, value] of this.#values)
      if (name !== userVariable)
        this.#values.set(name, value.replaceAll('${user}', String(number)));
  }

  /** Begins the journey. @param beganAt the intended moment, from which its first latency counts */
  start(beganAt: number): void {
    this.#stepIndex = this.#nextStep(-1);
    this.#beginStep(beganAt);
  }

  /** Waits, then calls `next` with the present moment. Each late wake-up is told: then the generator lags. */
  pause(pauseMs: number, next: (now: number) => void): void {
    const waitMs = Math.round(pauseMs);
    if (waitMs <= 0) return next(performance.now());
    const dueAt = performance.now() + waitMs;
    this.#timer = setTimeout(() => {
      const now = performance.now();
      this.#run.onWakeUp(Math.max(0, now - dueAt));
      next(now);
    }, waitMs);
  }

  /** Gives up a request that has waited for too long. */
  checkTimeout(now: number, timeoutMs: number): void {
    if (this.#request && now - this.#sentAt >= timeoutMs)
      this.#giveUp(this.#connection?.isConnected ? 'timeout' : 'connect-timeout', now);
  }

  /** The run is over: what is under way has no answer. */
  close(now: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#request) this.#giveUp('unfinished', now);
    this.#connection?.close();
  }

  onAnswer(head: ResponseHead, body: BodySample): void {
    const now = performance.now();
    const request = this.#request;
    if (!request) return;
    for (const cookie of head.setCookies) this.#jar.take(cookie, request.path);
    const step = this.#step;
    const redirect = step.check.status?.includes(head.status)
      ? null
      : redirectOf(request, head.status, head.location, this.#run.target.origin);
    if (redirect === 'elsewhere') this.#run.onRedirectElsewhere(head.location ?? '');
    else if (redirect) return this.#follow(redirect, head.status, now);
    const text = body.text(head.encoding);
    const failure = judgeAnswer(step, head, text) ?? this.#extract(step, text);
    this.#end({ status: head.status, failure, latencyMs: now - this.#beganAt });
  }

  onFailure({ kind, isStaleConnection }: RequestFailure): void {
    const request = this.#request;
    if (!request) return;
    // A server may close an idle connection in the very moment in which a request is sent on it.
    if (isStaleConnection && isIdempotent(request.method) && !this.#isRetry) {
      this.#isRetry = true;
      this.#run.onRetry();
      return this.#write(request);
    }
    const isWaiting = kind === 'connect-timeout' || kind === 'timeout';
    const latencyMs = isWaiting ? performance.now() - this.#beganAt : null;
    this.#end({ status: null, failure: kind, latencyMs });
  }

  #newJar(): CookieJar {
    return new CookieJar(this.#run.target.hostname, this.#run.target.isSecure);
  }

  get #step(): Step {
    const step = this.#run.journey.steps[this.#stepIndex];
    if (!step) throw new Error('a session left its journey');
    return step;
  }

  /** The step after one; the number of steps when there is none. */
  #nextStep(index: number): number {
    const { steps } = this.#run.journey;
    let next = index + 1;
    while (this.#isBegun && steps[next]?.once) next++;
    return next;
  }

  #beginStep(beganAt: number): void {
    if (!this.#run.mayBegin(beganAt)) return;
    this.#redirects = 0;
    this.#send(requestOf(this.#step, this.#values), beganAt);
  }

  #send(request: SessionRequest, beganAt: number): void {
    this.#request = request;
    this.#beganAt = beganAt;
    this.#sentAt = performance.now();
    this.#isRetry = false;
    this.#run.onSend();
    this.#write(request);
  }

  #write(request: SessionRequest): void {
    if (!this.#connection?.isOpen) {
      this.#run.onConnect();
      this.#connection = new Connection(this.#run.endpoint, this);
    }
    const text = this.#run.writer.write(request, this.#jar.header(request.path));
    this.#connection.send(text, request.method, keepBytesOf(this.#step));
  }

  #follow(request: SessionRequest, status: number, now: number): void {
    const isTooMany = ++this.#redirects > redirectLimit;
    const failure = isTooMany ? 'too-many-redirects' : null;
    const outcome: RequestOutcome = { status, failure, latencyMs: now - this.#beganAt };
    if (isTooMany) return this.#end(outcome);
    this.#report(outcome);
    if (this.#run.mayBegin(now)) this.#send(request, now);
    else this.#run.onJourneyEnd(this, 0, 0);
  }

  #extract(step: Step, text: string | null): FailureKind | null {
    if (Object.keys(step.extract).length === 0) return null;
    if (text === null) return 'unreadable-body';
    const found = extractFrom(step, text);
    if (!found) return 'extract-missing';
    for (const [name, value] of found) this.#values.set(name, value);
    return null;
  }

  #giveUp(kind: FailureKind, now: number): void {
    this.#connection?.close();
    this.#end({ status: null, failure: kind, latencyMs: now - this.#beganAt });
  }

  #report(outcome: RequestOutcome): void {
    this.#request = null;
    this.#run.onOutcome(this.#stepIndex, this.#beganAt, outcome);
  }

  /**
   * A journey goes on after a success; a failure ends it, as it ends a user's patience. What comes next begins
   * as a new visitor: a half-done login would meet pages that it does not expect.
   */
  #end(outcome: RequestOutcome): void {
    const thinkMs = jitter(this.#step.thinkMs ?? this.#run.thinkMs);
    const isFailed = outcome.failure !== null;
    this.#report(outcome);
    const next = this.#nextStep(this.#stepIndex);
    const isMore = !isFailed && next < this.#run.journey.steps.length;
    if (isMore && this.#run.mayBegin(performance.now())) {
      this.#stepIndex = next;
      return this.pause(thinkMs, (now) => this.#beginStep(now));
    }
    this.#isBegun = !isFailed;
    if (isFailed) this.#jar = this.#newJar();
    const isLost = isFailed && outcome.status === null;
    this.#run.onJourneyEnd(this, thinkMs, isLost ? reconnectPause() : 0);
  }
}

/** ± 50 %, evenly: users who all pause alike would come back as one wave. */
function jitter(meanMs: number): number {
  return meanMs * (0.5 + Math.random());
}

function reconnectPause(): number {
  const { least, most } = reconnectPauseMs;
  return least + Math.random() * (most - least);
}
