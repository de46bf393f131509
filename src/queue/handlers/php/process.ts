import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import process from 'node:process';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { formatDuration } from '../../../config/quantity.ts';
import { failed, failedForGood, later } from '../attempt.ts';
import { endOf } from '../child-end.ts';
import type { ChildEnd } from '../child-end.ts';
import type { Attempt, RunnableJob } from '../handler.ts';
import { jobInput } from '../job-input.ts';
import { OutputTail } from '../output-tail.ts';
import { endProcessGroup, forgetProcessGroup, watchProcessGroup } from '../process-group.ts';
import { AnswerReader } from './answer-reader.ts';
import { readAnswer, readReadiness } from './answer.ts';
import type { JobAnswer } from './answer.ts';

/** How one handler file is run. */
export interface PhpHandlerOptions {
  /** The file that returns the handler, from the folder that handlers run in. */
  file: string;
  timeoutMs: number;
  /** How much of the end of a result, and of what is printed, is kept. */
  outputBytes: number;
  /** A process that has run so many jobs ends. */
  recycleAfter: number;
  /** A process that uses more after a job ends. */
  recycleMemoryBytes: number;
}

export interface PhpProcessOptions {
  /** PHP and its arguments. */
  program: readonly string[];
  folder: string;
  environment: NodeJS.ProcessEnv;
  handler: PhpHandlerOptions;
}

/** How the wait for an answer ended. */
type Outcome =
  | { kind: 'answer'; answer: JobAnswer }
  | { kind: 'unusable'; why: string }
  | { kind: 'not-loaded'; why: string }
  | { kind: 'ended' }
  | { kind: 'timeout' }
  | { kind: 'aborted' };

/** A process that was told to end by itself, having nothing left to read, gets this long. */
const endGraceMs = 2000;

const loopScript = fileURLToPath(import.meta.resolve('#templates/php/job_worker.php'));

/** One PHP process that runs jobs of one handler file, one at a time, by the protocol of `job_worker.php`. */
export class PhpProcess {
  readonly handler: PhpHandlerOptions;
  /** Resolves when it is gone. */
  readonly ended: Promise<ChildEnd>;
  readonly #program: string;
  readonly #child: ChildProcess;
  readonly #reader: AnswerReader;
  #printed: OutputTail;
  #isLoaded = false;
  #hasEnded = false;
  #isSpoiled = false;
  #jobs = 0;
  #running: RunnableJob | null = null;
  #latestId: number | null = null;
  #outcome: Outcome | null = null;
  #onOutcome: (() => void) | null = null;

  constructor({ program, folder, environment, handler }: PhpProcessOptions) {
    const [command = '', ...args] = program;
    this.handler = handler;
    this.#program = command;
    this.#printed = new OutputTail(handler.outputBytes);
    const word = randomBytes(12).toString('hex');
    this.#child = spawn(command, [...args, loopScript, handler.file], {
      cwd: folder,
      env: environment,
      // A group of its own: Ctrl-C in the terminal reaches scalectl alone, and a timeout reaches all that it started.
      detached: process.platform !== 'win32',
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const { pid } = this.#child;
    if (pid !== undefined) watchProcessGroup(pid);
    this.ended = endOf(this.#child).then((end) => this.#noteEnd(end));
    this.#reader = new AnswerReader({
      word,
      onAnswer: (text) => this.#take(text),
      onPrinted: (bytes) => this.#printed.add(bytes),
      onTooLong: () => this.#settle({ kind: 'unusable', why: 'its answer has no end' }),
    });
    // There are no streams when this process has no file descriptors left for them.
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#reader.add(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#printed.add(chunk));
    // It may end without reading its input.
    this.#child.stdin?.on('error', () => undefined);
    const { timeoutMs, outputBytes } = handler;
    this.#write(`${JSON.stringify({ word, timeoutMs, resultBytes: outputBytes })}\n`);
  }

  /** Whether it can take another job. */
  get isUsable(): boolean {
    return !this.#hasEnded && !this.#isSpoiled;
  }

  /** When it resolves, the process waits for the next job or is gone. */
  async run(job: RunnableJob, signal: AbortSignal): Promise<Attempt> {
    if (signal.aborted) return { kind: 'aborted' };
    this.#outcome = this.#hasEnded ? { kind: 'ended' } : null;
    this.#running = job;
    if (this.#jobs > 0) this.#printed = new OutputTail(this.handler.outputBytes);
    this.#jobs += 1;
    // White space of JSON may hold line feeds, and a line is a job here.
    this.#write(
      `${jobInput(job)
        .trimEnd()
        .replaceAll(/[\r\n]/g, ' ')}\n`,
    );
    const outcome = await this.#wait(signal);
    this.#running = null;
    this.#latestId = job.id;
    if (outcome.kind === 'answer') {
      if (this.#isWornOut(outcome.answer)) await this.end();
    } else await this.#kill();
    return this.#attemptOf(outcome);
  }

  /** Lets it end by itself: it has nothing more to read. */
  async end(): Promise<void> {
    this.#isSpoiled = true;
    this.#child.stdin?.end();
    await Promise.race([this.ended, sleep(endGraceMs, undefined, { ref: false })]);
    await this.#kill();
  }

  async #kill(): Promise<void> {
    this.#isSpoiled = true;
    const { pid } = this.#child;
    if (pid !== undefined && !this.#hasEnded) await endProcessGroup(pid, this.ended);
    await this.ended;
  }

  async #wait(signal: AbortSignal): Promise<Outcome> {
    if (!this.#outcome) await this.#untilOutcome(signal);
    // What stands on standard error is read after the answer, and is told with a failure.
    if (this.#outcome?.kind === 'answer' && this.#outcome.answer.answer.kind !== 'done') {
      await nextTurn();
    }
    return this.#outcome ?? { kind: 'ended' };
  }

  async #untilOutcome(signal: AbortSignal): Promise<void> {
    const timer = setTimeout(() => this.#settle({ kind: 'timeout' }), this.handler.timeoutMs);
    const onAbort = (): void => this.#settle({ kind: 'aborted' });
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await new Promise<void>((resolve) => {
        this.#onOutcome = resolve;
      });
    } finally {
      this.#onOutcome = null;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #settle(outcome: Outcome): void {
    if (!this.#running) {
      // An answer that nobody waits for: whatever it does, it is not what our loop script does.
      this.#isSpoiled = true;
      this.#child.stdin?.end();
      return;
    }
    this.#outcome ??= outcome;
    this.#onOutcome?.();
  }

  #take(text: string): void {
    if (!this.#isLoaded) {
      const readiness = readReadiness(text);
      if (readiness?.problem === null) this.#isLoaded = true;
      else {
        const why = readiness ? readiness.problem : 'it does not say that it is ready';
        this.#settle({ kind: 'not-loaded', why: why ?? '' });
      }
      return;
    }
    const answer = readAnswer(text);
    if (!answer) this.#settle({ kind: 'unusable', why: 'its answer cannot be read' });
    else if (this.#outcome?.kind === 'answer' && this.#running?.id === answer.id) {
      this.#outcome = { kind: 'unusable', why: 'it answered twice' };
    } else if (this.#running?.id === answer.id) this.#settle({ kind: 'answer', answer });
    // A second answer to the job before is not the fault of this one.
    else if (this.#latestId === answer.id) this.#isSpoiled = true;
    else this.#settle({ kind: 'unusable', why: `it answered for job ${answer.id}` });
  }

  #isWornOut({ answer, memoryBytes }: JobAnswer): boolean {
    const { recycleAfter, recycleMemoryBytes } = this.handler;
    return (
      this.#isSpoiled ||
      this.#jobs >= recycleAfter ||
      (memoryBytes ?? 0) > recycleMemoryBytes ||
      (answer.kind === 'failed' && answer.endsProcess)
    );
  }

  async #attemptOf(outcome: Outcome): Promise<Attempt> {
    const printed = this.#printed.text();
    switch (outcome.kind) {
      case 'answer':
        return this.#attemptOfAnswer(outcome.answer, printed);
      case 'unusable':
        return failed('error', `the PHP process was replaced: ${outcome.why}`, printed);
      case 'not-loaded':
        return failed(
          'not-started',
          `${this.handler.file} cannot be used: ${outcome.why}`,
          printed,
        );
      case 'timeout': {
        const limit = formatDuration(this.handler.timeoutMs);
        return failed('timeout', `it took longer than ${limit} and was ended`, printed);
      }
      case 'aborted':
        return { kind: 'aborted' };
      case 'ended':
        return attemptOfEnd(await this.ended, this.#program, this.#isLoaded, printed);
    }
  }

  #attemptOfAnswer({ answer }: JobAnswer, printed: string | null): Attempt {
    switch (answer.kind) {
      case 'done':
        return { kind: 'done', result: this.#resultText(answer.result, printed) };
      case 'later':
        return later(answer.error, printed, answer.afterMs);
      case 'failed': {
        const output = [printed, answer.trace].filter((text) => text !== null).join('\n') || null;
        return (answer.isFinal ? failedForGood : failed)('error', answer.error, output);
      }
    }
  }

  /** What it returns, with what it printed behind it: neither may take the other's place. */
  #resultText(result: string | null, printed: string | null): string | null {
    if (result === null) return printed;
    const tail = new OutputTail(this.handler.outputBytes);
    tail.add(Buffer.from(result));
    return printed === null ? tail.text() : `${tail.text() ?? ''}\n\nprinted:\n${printed}`;
  }

  #noteEnd(end: ChildEnd): ChildEnd {
    this.#hasEnded = true;
    this.#reader.end();
    const { pid } = this.#child;
    if (pid !== undefined) forgetProcessGroup(pid);
    if (this.#running) this.#settle({ kind: 'ended' });
    return end;
  }

  #write(text: string): void {
    if (this.#child.stdin?.writable) this.#child.stdin.write(text);
  }
}

function attemptOfEnd(
  end: ChildEnd,
  program: string,
  isLoaded: boolean,
  printed: string | null,
): Attempt {
  if (end.notStarted) {
    const message = `${program} cannot be started: ${end.notStarted.reason}`;
    return end.notStarted.mayPass ? later(message, null) : failed('not-started', message, null);
  }
  const how = end.signal ? `was ended by ${end.signal}` : `ended with exit code ${end.code}`;
  if (!isLoaded)
    return failed('not-started', `the PHP process ${how} before it was ready`, printed);
  return failed(
    end.signal ? 'signal' : 'exit-code',
    `the PHP process ${how} without an answer`,
    printed,
  );
}
