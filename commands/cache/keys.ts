import type { Json } from '../../src/cache/php/to-json.ts';
import { defineCommand } from '../define.ts';
import { integer, text } from '../option.ts';
import { keyspaceOf, openDriver } from './driver.ts';
import { keyText } from './show.ts';

interface KeysResult {
  pattern: string;
  keys: Json[];
  /** There are more than --limit. */
  isPartial: boolean;
}

export const keys = defineCommand({
  name: 'keys',
  summary: 'list keys, one a line',
  description:
    'Patterns are those of Redis: * any text, ? one byte, [a-z] one of them, \\ before a character that means itself. Uses SCAN in small steps, never KEYS. Control characters are escaped; bytes that are no text are {"$base64"} with --json.',
  changes: 'nothing',
  options: {
    pattern: text('--pattern <P>', 'which keys (default: all)'),
    limit: integer('--limit <N>', 'at most so many (default 1000)', { min: 1, max: 10_000_000 }),
  },
  examples: [
    { command: "scalectl cache keys --pattern 'products_*'", does: 'the keys of the products' },
    {
      command: "scalectl cache keys --pattern 'orders_*' --limit 20 --json",
      does: 'twenty of them as JSON',
    },
  ],
  run: async (context, { options }) => {
    const keyspace = keyspaceOf(await openDriver(context));
    const { values } = await context.config();
    const { listKeys } = await import('../../src/cache/list-keys.ts');
    const pattern = options.pattern ?? '*';
    const listed = await listKeys(keyspace, {
      pattern,
      limit: options.limit ?? 1000,
      maxLatencyMs: values.cache.maxLatency,
      signal: context.signal,
    });
    if (listed.isPartial) context.warn('there are more keys; --limit shows more');
    const result: KeysResult = { pattern, ...listed };
    return { result };
  },
  render: (result) => result.keys.map(keyText).join('\n'),
});
