import process from 'node:process';
import type { Json } from '../../src/cache/php/to-json.ts';
import { ScalectlError } from '../../src/errors.ts';
import { defineCommand } from '../define.ts';
import type { Outcome } from '../define.ts';
import { argument, flag } from '../option.ts';
import { openDriver } from './driver.ts';
import { keyText, valueText } from './show.ts';

interface GetResult {
  key: string;
  encoding: string;
  value: Json;
  ttlMs: number | null;
  lengthBytes: number;
}

/** As much as the decoder takes. */
const mostBytes = 64 * 1024 ** 2;

export const get = defineCommand({
  name: 'get',
  summary: 'print the decoded value of a key',
  description:
    'PHP serialize() and JSON are decoded; control characters are escaped. --raw writes the bytes as they stand in the cache, for a file or a pipe.',
  changes: 'nothing',
  arguments: { key: argument('<KEY>', 'a key as the platform writes it') },
  options: { raw: flag('--raw', 'the bytes as they are, without a line break; not to a terminal') },
  examples: [
    { command: 'scalectl cache get products_list', does: 'prints the decoded value' },
    { command: 'scalectl cache get products_list --raw > value.bin', does: 'saves its bytes' },
  ],
  exitCodes: { 1: 'there is no such key' },
  run: async (context, { arguments: { key }, options }): Promise<Outcome<GetResult | null>> => {
    if (options.raw) refuseRaw(context.globals.json);
    const driver = await openDriver(context);
    const stored = await driver.read(key, mostBytes);
    if (!stored) return { result: null, exitCode: 1, text: `no such key: ${keyText(key)}` };
    const { bytes, ttlMs } = stored;
    const { decodeValue } = await import('../../src/cache/value-format.ts');
    const result = { key, ...decodeValue(bytes), ttlMs, lengthBytes: bytes.length };
    if (!options.raw) return { result };
    await writeBytes(bytes);
    return { result, text: '' };
  },
  render: (result) => (result ? valueText(result.value) : ''),
});

function refuseRaw(isJson: boolean): void {
  if (isJson) throw new ScalectlError('usage', '--raw and --json exclude each other');
  if (!process.stdout.isTTY) return;
  throw new ScalectlError(
    'usage',
    '--raw does not write to a terminal: bytes could change its state',
    {
      hint: 'Send it to a file or a pipe: scalectl cache get KEY --raw > FILE',
    },
  );
}

function writeBytes(bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
