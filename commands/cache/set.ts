import process from 'node:process';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import type { CacheDriver, StoredValue } from '../../src/cache/driver.ts';
import type { ValueFormat } from '../../src/cache/value-format.ts';
import { ScalectlError } from '../../src/errors.ts';
import { formatBytes } from '../../src/output/text.ts';
import { defineCommand } from '../define.ts';
import { argument, choice, duration, flag } from '../option.ts';
import { openDriver } from './driver.ts';
import { keyText, ttlText } from './show.ts';

interface SetResult {
  key: string;
  encoding: ValueFormat;
  lengthBytes: number;
  ttlMs: number | null;
  /** The key had a value before. */
  replaced: boolean;
  dryRun: boolean;
}

const mostBytes = 64 * 1024 ** 2;

export const set = defineCommand({
  name: 'set',
  summary: 'write one key, in the format that it has',
  description:
    'The value is JSON, or a plain word. It is written in the format of the value that stands there; a new key is PHP serialize(), as the platform writes it. What cache get --json shows as value can be written back: lists, maps ($map), numbers ($number), bytes ($base64), objects ($class). Without --ttl a key keeps its lifetime; a new one gets cache.ttl.',
  changes: 'data',
  arguments: {
    key: argument('<KEY>', 'a key as the platform writes it'),
    value: argument('<VALUE>', 'JSON or a word; @FILE reads a file, - standard input'),
  },
  options: {
    ttl: duration('--ttl <TIME>', 'lifetime'),
    persist: flag('--persist', 'never expires'),
    format: choice('--format <NAME>', 'php, json, text or binary instead of the format it has', [
      'php',
      'json',
      'text',
      'binary',
    ]),
  },
  examples: [
    {
      command: 'scalectl cache set settings \'{"theme":"dark"}\' --ttl 10m',
      does: 'writes a PHP array for ten minutes',
    },
    { command: 'scalectl cache set banner @banner.html --format text', does: 'writes a file' },
  ],
  run: async (context, { arguments: { key, value }, options }) => {
    if (options.persist && options.ttl !== undefined) {
      throw new ScalectlError('usage', '--ttl and --persist exclude each other');
    }
    if (options.ttl === 0)
      throw new ScalectlError('usage', '--ttl is "0"; allowed: 1ms and longer');
    const driver = await openDriver(context);
    const { values } = await context.config();
    const before = await driver.read(key, mostBytes);
    const encoding = await formatOf(driver, before, options.format);
    const bytes = await encode(await readArgument(value), encoding);
    const kept = before ? before.ttlMs : values.cache.ttl;
    const ttlMs = options.persist ? null : (options.ttl ?? kept);
    const { dryRun } = context.globals;
    if (!dryRun) await driver.write(key, bytes, ttlMs);
    const result: SetResult = {
      key,
      encoding,
      lengthBytes: bytes.length,
      ttlMs,
      replaced: before !== null,
      dryRun,
    };
    return { result };
  },
  render: (result) =>
    [
      result.dryRun ? 'dry run, nothing was changed: would write' : 'wrote',
      `${keyText(result.key)}: ${formatBytes(result.lengthBytes)} as ${result.encoding},`,
      result.ttlMs === null ? 'never expires' : `expires in ${ttlText(result.ttlMs)}`,
      result.replaced ? '(replaced)' : '(new)',
    ].join(' '),
});

async function formatOf(
  driver: CacheDriver,
  before: StoredValue | null,
  asked: ValueFormat | undefined,
): Promise<ValueFormat> {
  if (driver.name === 'file') {
    if (asked === undefined || asked === 'php') return 'php';
    throw new ScalectlError('usage', 'the file cache holds PHP values only; leave --format out');
  }
  if (asked !== undefined) return asked;
  if (!before) return 'php';
  const { decodeValue } = await import('../../src/cache/value-format.ts');
  return decodeValue(before.bytes).encoding;
}

async function encode(text: string, format: ValueFormat): Promise<Buffer> {
  const { readTypedValue } = await import('../../src/cache/read-value.ts');
  const { encodeValue } = await import('../../src/cache/value-format.ts');
  return encodeValue(readTypedValue(text, format), format);
}

async function readArgument(value: string): Promise<string> {
  if (value === '-') return (await buffer(process.stdin)).toString('utf8');
  if (!value.startsWith('@')) return value;
  try {
    return await readFile(value.slice(1), 'utf8');
  } catch (error) {
    throw new ScalectlError(
      'input-invalid',
      `cannot read ${value.slice(1)}: ${(error as Error).message}`,
      { hint: 'A value that begins with @ comes in by standard input: - as VALUE.', cause: error },
    );
  }
}
