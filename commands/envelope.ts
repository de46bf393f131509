import { ScalectlError } from '../src/errors.ts';

/** What `--json` prints, errors included. */
export interface Envelope {
  ok: boolean;
  command: string;
  result: unknown;
  warnings: readonly string[];
  error: { code: string; message: string; hint: string | null } | null;
  durationMs: number;
}

export function envelopeText(parts: {
  command: string;
  result: unknown;
  warnings: readonly string[];
  failure: ScalectlError | null;
  durationMs: number;
}): string {
  const { failure } = parts;
  const envelope: Envelope = {
    ok: failure === null,
    command: parts.command,
    result: parts.result,
    warnings: parts.warnings,
    error: failure && { code: failure.code, message: failure.message, hint: failure.hint },
    durationMs: Math.round(parts.durationMs),
  };
  return JSON.stringify(envelope, jsonValue);
}

/** Beyond 2^53 a number would lose digits in JSON: such a BigInt becomes text. Map and Set have no form here. */
function jsonValue(_: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const isSafe = value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER;
  return isSafe ? Number(value) : value.toString();
}

/** Any thrown value as an error that can be shown; what is not ours is a defect of scalectl and says so. */
export function asScalectlError(error: unknown): ScalectlError {
  if (error instanceof ScalectlError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ScalectlError('internal', `this is a defect in scalectl: ${message}`, {
    hint: 'Run again with --debug and report what it prints.',
    cause: error,
  });
}
