import * as v from 'valibot';
import { parseDuration } from '../../config/quantity.ts';
import { priorities, priorityNames } from '../job.ts';
import type { NewJob } from '../job.ts';

/** A job as a user writes it: options of `queue add`, or a line of a file. */
export interface JobRequest {
  type: string;
  /** JSON text. */
  data: string;
  priority?: string | number | undefined;
  /** Milliseconds. */
  delayMs?: number | undefined;
  at?: string | undefined;
  unique?: string | undefined;
  /** Milliseconds. */
  uniqueForMs?: number | undefined;
  maxAttempts?: number | undefined;
}

/** TIMESTAMP ends there on the servers in use. */
const latestTime = Date.parse('2038-01-19T03:14:07Z');

const longestWindowMs = 365 * 86_400_000;

/** Programs, PHP classes and words: `send_email`, `App\Jobs\SendMail`, `mail:send`. */
const typePattern = /^[\w.:\\/-]{1,100}$/;

/**
 * Checks a job and makes it ready to be added.
 * @returns the job, or what is wrong with it in words that name the part
 */
export function readJobRequest(
  request: JobRequest,
  limits: { dataBytes: number },
): { job: NewJob } | { problem: string } {
  const problem = findProblem(request, limits);
  if (problem !== null) return { problem };
  const { priority = 'normal', delayMs, at } = request;
  return {
    job: {
      type: request.type,
      data: request.data,
      priority: typeof priority === 'number' ? priority : priorities[priority as 'normal'],
      uniqueKey: request.unique ?? null,
      ...(request.uniqueForMs === undefined ? {} : { uniqueForMs: request.uniqueForMs }),
      maxAttempts: request.maxAttempts ?? null,
      due: at !== undefined ? { at: new Date(at) } : delayMs === undefined ? null : { delayMs },
    },
  };
}

function findProblem(request: JobRequest, limits: { dataBytes: number }): string | null {
  const { type, data, priority = 'normal', delayMs = 0, at, unique, uniqueForMs } = request;
  const { maxAttempts } = request;
  if (!typePattern.test(type)) {
    return `type is ${JSON.stringify(type.slice(0, 120))}; allowed: up to 100 letters, digits and . _ : / \\ -`;
  }
  const dataProblem = findDataProblem(data, limits.dataBytes);
  if (dataProblem !== null) return dataProblem;
  if (!isPriority(priority)) {
    return `priority is ${JSON.stringify(priority)}; allowed: ${priorityNames.join(', ')} or a whole number from 0 to 255`;
  }
  if (at !== undefined && request.delayMs !== undefined)
    return 'delay and at are both given; one is enough';
  if (at !== undefined && !isTime(at)) {
    return `at is ${JSON.stringify(at)}; allowed: a time such as 2026-03-01T18:00:00Z, until 2038`;
  }
  if (Date.now() + delayMs > latestTime) return 'delay leads beyond the year 2038';
  if (unique !== undefined && (unique === '' || unique.length > 190)) {
    return 'unique has no or too many characters; allowed: 1 to 190';
  }
  if (uniqueForMs !== undefined && unique === undefined) {
    return 'uniqueFor is given without unique, the key that it is about';
  }
  if (uniqueForMs !== undefined && !isWithin(uniqueForMs, 1, longestWindowMs)) {
    return 'uniqueFor is out of range; allowed: up to 365 days';
  }
  if (maxAttempts !== undefined && !isWithin(maxAttempts, 1, 100)) {
    return `maxAttempts is ${maxAttempts}; allowed: a whole number from 1 to 100`;
  }
  return null;
}

/** What is wrong with the data of a job, in words that begin with `data`; null: nothing. */
export function findDataProblem(data: string, limitBytes: number): string | null {
  const sizeBytes = Buffer.byteLength(data);
  if (sizeBytes > limitBytes) {
    return `data has ${sizeBytes} bytes; allowed: ${limitBytes} (queue.maxDataSize)`;
  }
  try {
    JSON.parse(data);
    return null;
  } catch {
    return 'data is not JSON';
  }
}

function isPriority(priority: string | number): boolean {
  return typeof priority === 'number'
    ? isWithin(priority, 0, 255)
    : Object.hasOwn(priorities, priority);
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}

/** With a zone, or a date alone: a time without a zone would mean another moment on another machine. */
function isTime(text: string): boolean {
  const time = Date.parse(text);
  return (
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/.test(text) &&
    isDay(text.slice(0, 10)) &&
    time >= 0 &&
    time <= latestTime
  );
}

/** Date.parse takes 30 February for 2 March. */
function isDay(day: string): boolean {
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

const line = v.strictObject({
  type: v.string(),
  data: v.unknown(),
  priority: v.optional(v.union([v.string(), v.number()])),
  delay: v.optional(v.string()),
  at: v.optional(v.string()),
  unique: v.optional(v.string()),
  uniqueFor: v.optional(v.string()),
  maxAttempts: v.optional(v.number()),
});

export type JobLine = v.InferOutput<typeof line>;

/** Checks the shape of one line of a file of jobs; what its values may be is checked by readJobRequest. */
export function readJobLine(
  value: unknown,
):
  | { line: JobLine; delayMs: number | undefined; uniqueForMs: number | undefined }
  | { problem: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { problem: 'it is not an object such as {"type":"send_email","data":{}}' };
  }
  if (!('data' in value)) return { problem: 'data is missing' };
  const parsed = v.safeParse(line, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const name = v.getDotPath(issue) ?? '';
    return {
      problem: issue.expected === 'never' ? `${name} is not known` : `${name}: ${issue.message}`,
    };
  }
  const { delay, uniqueFor } = parsed.output;
  const delayMs = delay === undefined ? undefined : parseDuration(delay);
  if (delayMs === null) return { problem: durationProblem('delay', delay) };
  const uniqueForMs = uniqueFor === undefined ? undefined : parseDuration(uniqueFor);
  if (uniqueForMs === null) return { problem: durationProblem('uniqueFor', uniqueFor) };
  return { line: parsed.output, delayMs, uniqueForMs };
}

function durationProblem(name: string, given: string | undefined): string {
  return `${name} is ${JSON.stringify(given)}; allowed: a duration such as 30s, 5m`;
}
