import { ScalectlError } from '../errors.ts';
import type { Json } from './php/to-json.ts';
import type { ValueFormat } from './value-format.ts';

/**
 * A value as a person types it, for a format. For php and json: JSON, with the `$` members of decoded values; a word
 * that is no JSON is a text. For text and binary: the text as it stands, or `{"$base64"}`.
 * @throws ScalectlError `input-invalid` for JSON that breaks off, and for a number that would lose digits
 */
export function readTypedValue(text: string, format: ValueFormat): Json {
  if (format === 'text') return text;
  const trimmed = text.trim();
  if (format === 'binary') return trimmed.startsWith('{"$base64"') ? parse(trimmed) : text;
  if (isLongInteger(trimmed)) return { $number: trimmed };
  if (!/^[[{"]/.test(trimmed)) return parseWord(trimmed, text);
  const value = parse(trimmed);
  refuseRounded(value);
  return value;
}

function parseWord(trimmed: string, text: string): Json {
  try {
    return JSON.parse(trimmed) as Json;
  } catch {
    // No number, true, false or null: a text, with the spaces it was typed with.
    return text;
  }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new ScalectlError('input-invalid', `the value is no JSON: ${(error as Error).message}`, {
      hint: 'A text that begins like JSON is written in quotes: \'"[draft] one"\'; or take --format text.',
      cause: error,
    });
  }
}

function isLongInteger(text: string): boolean {
  return /^-?[1-9]\d{15,18}$/.test(text);
}

/** JSON.parse has rounded such a number already. */
function refuseRounded(value: Json): void {
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) >= 1e21) return;
    throw new ScalectlError('input-invalid', `${value} has more digits than JSON numbers keep`, {
      hint: 'Write it as {"$number":"9223372036854775807"}.',
    });
  }
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(refuseRounded);
}
