import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { priorities } from '../job.ts';
import type { ImportedJob } from '../store.ts';
import { propertyText } from './property-text.ts';

/** Unix seconds that TIMESTAMP and Date can hold. */
const unixTime = v.pipe(v.number(), v.minValue(1), v.maxValue(2_147_483_647));
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));

/** The platform's job file. Fields beyond these are its own business. */
const jobFile = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(190)),
  type: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  data: v.unknown(),
  priority: v.optional(v.picklist(['high', 'normal', 'low']), 'normal'),
  status: v.picklist(['pending', 'processing', 'completed', 'failed']),
  created_at: unixTime,
  scheduled_at: v.nullish(unixTime),
  attempts: v.optional(count, 0),
  max_attempts: v.nullish(v.pipe(count, v.minValue(1))),
  error: v.nullish(v.unknown()),
  completed_at: v.nullish(unixTime),
  result: v.nullish(v.unknown()),
});

/**
 * Reads one job file of the platform's queue.
 * @returns the job, or why the file is none, in words
 */
export function readJobFile(
  bytes: Uint8Array,
  limits: { dataBytes: number },
): { job: ImportedJob } | { reason: string } {
  const text = decode(bytes);
  if (text === null) return { reason: 'it is not UTF-8' };
  if (text.trim() === '') return { reason: 'it is empty' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const begins = text.trimStart().startsWith('{');
    const ends = text.trimEnd().endsWith('}');
    return { reason: begins && !ends ? 'it is torn: the JSON breaks off' : 'it is not JSON' };
  }
  const parsed = v.safeParse(jobFile, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const name = v.getDotPath(issue);
    return { reason: `it is no job: ${name === null ? '' : `${name}: `}${issue.message}` };
  }
  const file = parsed.output;
  if (file.data === undefined) return { reason: 'it is no job: data is missing' };
  const data = propertyText(text, 'data', file.data);
  const sizeBytes = Buffer.byteLength(data);
  if (sizeBytes > limits.dataBytes) {
    return { reason: `its data has ${sizeBytes} bytes; queue.maxDataSize is ${limits.dataBytes}` };
  }
  return {
    job: {
      identity: identityOf(file),
      fileId: file.id,
      type: file.type,
      data,
      priority: priorities[file.priority],
      status: file.status,
      createdAt: toDate(file.created_at),
      runAt: toDate(file.scheduled_at ?? file.created_at),
      attempts: file.attempts,
      maxAttempts: file.max_attempts ?? null,
      error: file.error === null || file.error === undefined ? null : asText(file.error),
      completedAt: file.completed_at ? toDate(file.completed_at) : null,
      result: file.result === null || file.result === undefined ? null : asText(file.result),
    },
  };
}

/**
 * What stays the same while the old processor rewrites the file: status, attempts, times and errors are left out, and
 * so is the difference between {} and [], which PHP does not keep.
 */
function identityOf(file: v.InferOutput<typeof jobFile>): string {
  const canonical = JSON.stringify(
    [file.id, file.type, file.created_at, file.data],
    (_, value: unknown) =>
      typeof value === 'object' && value !== null && Object.keys(value).length === 0 ? [] : value,
  );
  return createHash('sha256').update(canonical).digest('hex');
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function toDate(unixSeconds: number): Date {
  return new Date(unixSeconds * 1000);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
