/** What the loop script says of one job. */
export type Answer =
  | { kind: 'done'; result: string | null }
  | { kind: 'failed'; error: string; trace: string | null; isFinal: boolean; endsProcess: boolean }
  | { kind: 'later'; error: string; afterMs: number | null };

export interface JobAnswer {
  id: number;
  answer: Answer;
  /** What PHP uses after the job; null when it does not say. */
  memoryBytes: number | null;
}

/**
 * Reads the answer to one job.
 * @returns null for what is no answer: torn, no JSON, without the number of a job, or neither done nor failed
 */
export function readAnswer(text: string): JobAnswer | null {
  const fields = readObject(text);
  if (!fields) return null;
  const { id, ok, result, memoryBytes } = fields;
  if (typeof id !== 'number' || typeof ok !== 'boolean') return null;
  if (ok) {
    if (result !== undefined && result !== null && typeof result !== 'string') return null;
    const answer: Answer = { kind: 'done', result: result ?? null };
    return { id, answer, memoryBytes: asCount(memoryBytes) };
  }
  const error = fields['error'];
  if (typeof error !== 'string') return null;
  return { id, answer: failureOf(error, fields), memoryBytes: asCount(memoryBytes) };
}

/**
 * Reads what a process says once its handler is loaded.
 * @returns the reason why it cannot work; null when it can
 */
export function readReadiness(text: string): { problem: string | null } | null {
  const fields = readObject(text);
  if (!fields || typeof fields['ready'] !== 'boolean') return null;
  if (fields['ready']) return { problem: null };
  const error = fields['error'];
  return { problem: typeof error === 'string' ? error : 'it gives no reason' };
}

function failureOf(error: string, fields: Readonly<Record<string, unknown>>): Answer {
  // An exception may have no message.
  const told = error.trim() === '' ? 'the handler gave no reason' : error;
  if (fields['later'] === true) {
    const afterMs = asCount(fields['afterMs']);
    return { kind: 'later', error: told, afterMs: afterMs === 0 ? null : afterMs };
  }
  const { trace } = fields;
  return {
    kind: 'failed',
    error: told,
    trace: typeof trace === 'string' && trace !== '' ? trace : null,
    isFinal: fields['giveUp'] === true,
    endsProcess: fields['ends'] === true,
  };
}

function readObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function asCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
