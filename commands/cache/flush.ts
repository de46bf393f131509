import type { CacheDriver } from '../../src/cache/driver.ts';
import type { FlushPlan, FlushResult } from '../../src/cache/flush.ts';
import type { Json } from '../../src/cache/php/to-json.ts';
import { ScalectlError } from '../../src/errors.ts';
import type { Screen } from '../../src/output/screen.ts';
import { formatMs, plural } from '../../src/output/text.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define.ts';
import type { Outcome } from '../define.ts';
import { duration, flag, text } from '../option.ts';
import { keyspaceOf, openDriver } from './driver.ts';
import { flushFolder } from './flush-folder.ts';
import { keyText } from './show.ts';

export interface FlushCommandResult {
  driver: 'redis' | 'file';
  label: string;
  /** Null with --all. */
  pattern: string | null;
  dryRun: boolean;
  /** Keys that were, or with --dry-run would be, deleted. */
  matched: number;
  deleted: number;
  /** What the pattern matches and what stays all the same. */
  kept: { pattern: string; keys: number }[];
  examples: Json[];
  method: 'unlink' | 'flushdb' | 'files' | null;
  maxLatencyMs: number | null;
  slowestStepMs: number | null;
  isPartial: boolean;
}

export const flush = defineCommand({
  name: 'flush',
  summary: 'clear a part of the cache without hurting live traffic',
  description:
    'Deletes by SCAN and UNLINK in steps that slow down by themselves when one takes more than --max-latency longer than a PING. Sessions, jobs and rate limits (cache.protect) stay unless the pattern names them. --all needs the name of the database; it uses FLUSHDB ASYNC only where nothing is protected, else it clears around what stays. The file cache knows no patterns, only --all.',
  changes: 'data',
  options: {
    pattern: text('--pattern <P>', "keys such as 'products_*', as Redis reads patterns"),
    prefix: text('--prefix <TEXT>', 'keys that begin so; * and ? mean themselves'),
    all: flag('--all', 'everything that is not protected'),
    confirm: text('--confirm <NAME>', 'the name of the database, for --all'),
    maxLatency: duration(
      '--max-latency <TIME>',
      'how long others may have to wait for a step (default: cache.maxLatency)',
    ),
  },
  examples: [
    {
      command: "scalectl cache flush --pattern 'products_*' --dry-run",
      does: 'counts and shows examples, changes nothing',
    },
    { command: 'scalectl cache flush --prefix products_ --yes', does: 'clears without a question' },
    {
      command: "scalectl cache flush --pattern 'rate_limit_ip_*'",
      does: 'names what is protected',
    },
    {
      command: 'scalectl cache flush --all --confirm 127.0.0.1:6379/0 --yes',
      does: 'clears the whole cache, from a script',
    },
  ],
  run: async (context, { options }) => {
    const pattern = await patternOf(options);
    if (options.maxLatency === 0) {
      throw new ScalectlError('usage', '--max-latency is "0"; allowed: 1ms and longer');
    }
    const driver = await openDriver(context);
    if (driver.folder && pattern === null) return flushFolder(context, driver, options.confirm);
    return flushKeys(context, driver, pattern, options);
  },
  render: renderFlush,
});

/** The pattern to flush, null for everything. Exactly one way to say it. */
async function patternOf(options: {
  pattern: string | undefined;
  prefix: string | undefined;
  all: boolean;
}): Promise<string | null> {
  const { pattern, prefix, all } = options;
  const given = [pattern !== undefined, prefix !== undefined, all].filter(Boolean).length;
  if (given !== 1) {
    throw new ScalectlError('usage', 'cache flush needs one of --pattern, --prefix and --all', {
      hint: "scalectl cache flush --pattern 'products_*' --dry-run shows what would go.",
    });
  }
  if (all) return null;
  if (pattern === '' || prefix === '') {
    throw new ScalectlError('usage', 'the pattern is empty');
  }
  const { escapeGlob, matchesEverything } = await import('../../src/cache/glob.ts');
  if (pattern !== undefined && matchesEverything(pattern)) {
    throw new ScalectlError('refused', `the pattern ${pattern} matches everything`, {
      hint: 'Say --all if that is meant.',
    });
  }
  return pattern ?? `${escapeGlob(prefix ?? '')}*`;
}

async function flushKeys(
  context: Context,
  driver: CacheDriver,
  pattern: string | null,
  given: { confirm: string | undefined; maxLatency: number | undefined },
): Promise<Outcome<FlushCommandResult>> {
  const keyspace = keyspaceOf(driver);
  const { values } = await context.config();
  const engine = await import('../../src/cache/flush.ts');
  const { protectFrom } = await import('../../src/cache/protect.ts');
  const { dryRun } = context.globals;
  const maxLatencyMs = given.maxLatency ?? values.cache.maxLatency;
  const options = {
    pattern,
    protection: protectFrom(values.cache.protect, pattern),
    maxLatencyMs,
    signal: context.signal,
    onProgress: ({ scanned, matched }: { scanned: number; matched: number }) =>
      context.progress.update(`${plural(scanned, 'key')} seen, ${plural(matched, 'key')} match`),
  };
  const base = { driver: driver.name, label: driver.label, pattern, dryRun, maxLatencyMs };
  // Nobody is there to read a plan: then nothing is scanned before the answer is known.
  if (!dryRun && !context.isInteractive) await confirmFlush(context, driver, pattern, null, given);
  context.progress.start('looking for keys');
  const needsPlan = dryRun || pattern === null || context.isInteractive;
  const plan = needsPlan ? await engine.planFlush(keyspace, options) : null;
  if (plan && (dryRun || plan.matched === 0 || context.signal.aborted)) {
    return { result: await planned(base, plan) };
  }
  if (plan && context.isInteractive) {
    const shown = await planned({ ...base, dryRun: true }, plan);
    await context.show((screen) => renderFlush(shown, screen));
    await confirmFlush(context, driver, pattern, plan.matched, given);
  }
  context.progress.start('deleting');
  const done =
    pattern === null && plan
      ? await engine.flushAll(keyspace, plan, options)
      : await engine.flush(keyspace, options);
  return { result: { ...base, ...(await withReadableKeys(done)) } };
}

async function planned(
  base: Pick<FlushCommandResult, 'driver' | 'label' | 'pattern' | 'dryRun' | 'maxLatencyMs'>,
  plan: FlushPlan,
): Promise<FlushCommandResult> {
  const readable = await withReadableKeys(plan);
  return { ...base, ...readable, deleted: 0, method: null, slowestStepMs: null };
}

async function withReadableKeys<T extends FlushPlan | FlushResult>(
  found: T,
): Promise<Omit<T, 'examples'> & { examples: Json[] }> {
  const { keyToJson } = await import('../../src/cache/list-keys.ts');
  return { ...found, examples: found.examples.map(keyToJson) };
}

/** A pattern is answered with yes; everything by typing the name of the database. */
export async function confirmFlush(
  context: Context,
  driver: CacheDriver,
  pattern: string | null,
  matched: number | null,
  given: { confirm: string | undefined },
): Promise<void> {
  const what = matched === null ? 'these keys' : plural(matched, 'key');
  if (pattern !== null) {
    await context.confirm(`Delete ${what} (${keyText(pattern)}) from ${driver.label}?`);
    return;
  }
  const { confirmNamesOf } = await import('../../src/cache/open.ts');
  const names = confirmNamesOf(driver, await context.config());
  const [name = driver.label] = names;
  const typed = given.confirm !== undefined && names.includes(given.confirm) ? name : given.confirm;
  await context.confirm(`Delete ${matched === null ? 'everything' : what} from ${driver.label}?`, {
    name,
    given: typed,
  });
}

export function renderFlush(result: FlushCommandResult, screen: Screen): string {
  const what = result.pattern === null ? 'everything' : keyText(result.pattern);
  const lines = [`${screen.heading('flush')}: ${what} in ${result.driver} ${result.label}`];
  lines.push(
    result.dryRun
      ? `${plural(result.matched, 'key')} would be deleted`
      : `${plural(result.deleted, 'key')} deleted${howText(result)}`,
  );
  for (const key of result.dryRun ? result.examples : []) lines.push(`  ${keyText(key)}`);
  if (result.dryRun && result.matched > result.examples.length && result.examples.length > 0) {
    lines.push(`  … ${plural(result.matched - result.examples.length, 'more key')}`);
  }
  for (const { pattern, keys } of result.kept) {
    lines.push(
      `${plural(keys, 'key')} of ${pattern} kept: protected unless the pattern names them`,
    );
  }
  if (result.isPartial) lines.push('Stopped before the end; run it again for the rest.');
  return lines.join('\n');
}

function howText({ method, slowestStepMs }: FlushCommandResult): string {
  if (method === 'flushdb') return ' by FLUSHDB ASYNC';
  return slowestStepMs === null ? '' : `; the slowest step took ${formatMs(slowestStepMs)}`;
}
