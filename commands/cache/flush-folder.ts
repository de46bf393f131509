import type { CacheDriver, FolderClearing } from '../../src/cache/driver.ts';
import type { Context } from '../context.ts';
import type { Outcome } from '../define.ts';
import { confirmFlush } from './flush.ts';
import type { FlushCommandResult } from './flush.ts';

/** `cache flush --all` on the file cache: rate limits and jobs are told by their values, as names tell nothing. */
export async function flushFolder(
  context: Context,
  driver: CacheDriver,
  confirm: string | undefined,
): Promise<Outcome<FlushCommandResult>> {
  const { folder } = driver;
  if (!folder) throw new Error(`the ${driver.name} driver has no folder`);
  const { signal } = context;
  const { dryRun } = context.globals;
  if (!dryRun && !context.isInteractive) {
    await confirmFlush(context, driver, null, null, { confirm });
  }
  context.progress.start('reading the cache files');
  const plan = await folder.clear({ isDryRun: true, signal });
  if (dryRun || plan.removed === 0) return { result: resultOf(driver, plan, dryRun, 0) };
  if (context.isInteractive) {
    await confirmFlush(context, driver, null, plan.removed, { confirm });
  }
  const done = await folder.clear({ isDryRun: false, signal });
  return { result: resultOf(driver, done, false, done.removed) };
}

function resultOf(
  driver: CacheDriver,
  { removed, kept, isPartial }: FolderClearing,
  dryRun: boolean,
  deleted: number,
): FlushCommandResult {
  return {
    driver: driver.name,
    label: driver.label,
    pattern: null,
    dryRun,
    matched: removed,
    deleted,
    kept: kept.map(({ kind, entries }) => ({ pattern: kind, keys: entries })),
    examples: [],
    method: deleted > 0 ? 'files' : null,
    maxLatencyMs: null,
    slowestStepMs: null,
    isPartial,
  };
}
