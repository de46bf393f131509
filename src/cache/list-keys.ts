import type { Keyspace } from './driver.ts';
import { Pace } from './pace.ts';
import { readText } from './php/cursor.ts';
import { textToJson } from './php/to-json.ts';
import type { Json } from './php/to-json.ts';

/**
 * Up to `limit` keys, each once, sorted by their bytes.
 * @returns isPartial when there are more, or the signal stopped it
 */
export async function listKeys(
  keyspace: Keyspace,
  options: { pattern: string; limit: number; maxLatencyMs: number; signal: AbortSignal },
): Promise<{ keys: Json[]; isPartial: boolean }> {
  const { pattern, limit, signal } = options;
  const { stepSize, onStep } = await Pace.of(options.maxLatencyMs, () => keyspace.ping());
  // Redis may name a key twice. latin1 keeps every byte apart.
  const found = new Set<string>();
  for await (const page of keyspace.scan({ pattern, stepSize, onStep, signal })) {
    for (const key of page) found.add(key.toString('latin1'));
    if (found.size > limit) break;
  }
  const keys = [...found].slice(0, limit).sort();
  return {
    keys: keys.map((key) => keyToJson(Buffer.from(key, 'latin1'))),
    isPartial: found.size > limit || signal.aborted,
  };
}

/** A key for JSON: text, or $base64 where its bytes are none. */
export function keyToJson(key: Buffer): Json {
  return textToJson(readText(key, 0, key.length));
}
