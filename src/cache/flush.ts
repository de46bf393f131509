import { ScalectlError } from '../errors.ts';
import type { Keyspace } from './driver.ts';
import { Pace } from './pace.ts';
import type { Protection } from './protect.ts';

export interface FlushOptions {
  /** A glob of Redis; null is every key. */
  pattern: string | null;
  protection: Protection;
  /** How much longer than a PING one command may take. */
  maxLatencyMs: number;
  signal?: AbortSignal;
  onProgress?: (done: { scanned: number; matched: number }) => void;
}

export interface FlushPlan {
  /** Keys that would go. Redis may name a key twice while it resizes its table: then it counts twice here. */
  matched: number;
  /** Keys that the pattern matches and that stay, by what protects them. */
  kept: { pattern: string; keys: number }[];
  /** Some of the keys that would go. */
  examples: Buffer[];
  isPartial: boolean;
}

export interface FlushResult {
  /** Keys that were to go; some may have expired before their turn. */
  matched: number;
  /** Keys that were there and are gone now, as the server counted them. */
  deleted: number;
  kept: { pattern: string; keys: number }[];
  examples: Buffer[];
  method: 'unlink' | 'flushdb';
  /** The most that one command took beyond a PING; null for FLUSHDB. */
  slowestStepMs: number | null;
  /** Stopped by the signal; what was deleted until then is deleted. */
  isPartial: boolean;
}

const mostExamples = 10;

/** Counts what a flush would delete; changes nothing. */
export async function planFlush(keyspace: Keyspace, options: FlushOptions): Promise<FlushPlan> {
  const pace = await Pace.of(options.maxLatencyMs, () => keyspace.ping());
  const choice = new Choice(options.protection);
  for await (const page of scanFor(keyspace, options, pace)) {
    choice.take(page);
    options.onProgress?.({ scanned: choice.seen, matched: choice.matched });
  }
  return {
    matched: choice.matched,
    kept: choice.kept(),
    examples: choice.examples,
    isPartial: options.signal?.aborted === true,
  };
}

/**
 * Deletes the keys by SCAN and UNLINK in steps whose size follows from how long they take. Never KEYS, never DEL of
 * a large value in the foreground.
 */
export async function flush(keyspace: Keyspace, options: FlushOptions): Promise<FlushResult> {
  const pace = await Pace.of(options.maxLatencyMs, () => keyspace.ping());
  const choice = new Choice(options.protection);
  let deleted = 0;
  for await (const page of scanFor(keyspace, options, pace)) {
    const going = choice.take(page);
    // A page of a small listing can be larger than what was asked for.
    while (going.length > 0) {
      const step = going.splice(0, pace.stepSize());
      const startedAt = performance.now();
      deleted += await keyspace.unlink(step);
      await pace.onStep(performance.now() - startedAt);
    }
    options.onProgress?.({ scanned: choice.seen, matched: choice.matched });
  }
  return {
    matched: choice.matched,
    deleted,
    kept: choice.kept(),
    examples: choice.examples,
    method: 'unlink',
    slowestStepMs: pace.slowestStepMs,
    isPartial: options.signal?.aborted === true,
  };
}

/**
 * Empties a database. FLUSHDB ASYNC frees everything in the background, so that nobody waits; it is used only where
 * the plan, just made, found nothing that is protected and where the database holds nothing but this cache.
 * Everywhere else, and where the server refuses FLUSHDB, by SCAN and UNLINK around what stays.
 */
export async function flushAll(
  keyspace: Keyspace,
  plan: FlushPlan,
  options: Omit<FlushOptions, 'pattern'>,
): Promise<FlushResult> {
  const isAllOurs = keyspace.flushDatabase !== null && plan.kept.length === 0 && !plan.isPartial;
  if (isAllOurs) {
    const deleted = await keyspace.count();
    if (await emptied(keyspace)) {
      const { examples } = plan;
      return {
        matched: deleted,
        deleted,
        kept: [],
        examples,
        method: 'flushdb',
        slowestStepMs: null,
        isPartial: false,
      };
    }
  }
  return flush(keyspace, { ...options, pattern: null });
}

/** False when the server does not let this account do it: many hosts switch FLUSHDB off. */
async function emptied(keyspace: Keyspace): Promise<boolean> {
  try {
    await keyspace.flushDatabase?.();
    return true;
  } catch (error) {
    if (error instanceof ScalectlError && error.code === 'privilege-missing') return false;
    throw error;
  }
}

function scanFor(keyspace: Keyspace, options: FlushOptions, pace: Pace): AsyncGenerator<Buffer[]> {
  const { pattern, signal } = options;
  const { stepSize, onStep } = pace;
  return keyspace.scan({ pattern, stepSize, onStep, ...(signal ? { signal } : {}) });
}

/** Sorts keys into those that go and those that stay, and counts both. */
class Choice {
  matched = 0;
  seen = 0;
  readonly examples: Buffer[] = [];
  private readonly keptBy = new Map<string, number>();
  private readonly protection: Protection;

  constructor(protection: Protection) {
    this.protection = protection;
  }

  take(page: readonly Buffer[]): Buffer[] {
    const going = page.filter((key) => {
      const pattern = this.protection.patternOf(key);
      if (pattern !== null) this.keptBy.set(pattern, (this.keptBy.get(pattern) ?? 0) + 1);
      return pattern === null;
    });
    const wanted = mostExamples - this.examples.length;
    for (const key of going.slice(0, wanted)) this.examples.push(Buffer.from(key));
    this.seen += page.length;
    this.matched += going.length;
    return going;
  }

  kept(): { pattern: string; keys: number }[] {
    return [...this.keptBy].map(([pattern, keys]) => ({ pattern, keys }));
  }
}
