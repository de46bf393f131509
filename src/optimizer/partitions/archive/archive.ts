import { setTimeout as sleep } from 'node:timers/promises';
import { quoteName } from '../../../database/identifiers.ts';
import { ownRows } from '../../evidence/not-workload.ts';
import { isRetryable } from '../../../database/server-errors.ts';
import { inspectSchema } from '../../inspect.ts';
import type { Run } from '../../run.ts';
import { readMonthRange } from '../convert/month-range.ts';
import { createArchive, dateOfChild } from './archive-table.ts';
import { moveBatch } from './batch.ts';
import type { Moved } from './batch.ts';
import { countOld } from './plan.ts';
import type { Archiving } from './plan.ts';
import { selectSql } from './row-keys.ts';
import type { RowKey } from './row-keys.ts';

export interface ArchiveOutcome {
  readonly moved: number;
  /** Old rows that are still in the table: the run was stopped, or they came meanwhile. */
  readonly remaining: number;
  readonly children: readonly {
    readonly table: string;
    readonly into: string;
    readonly moved: number;
  }[];
  readonly batches: number;
  readonly durationMs: number;
}

/** Each batch is a transaction that others may wait for. */
const targetMs = 100;
const batchRows = { first: 100, most: 2000 };
const attempts = 6;

/**
 * Moves the old rows of a table and what hangs on them into archive tables, in small transactions: a row is at one
 * of both places at every moment, whenever this is killed, and the next run goes on. Between two batches it pauses for
 * as long as the last one took, so that the server has half of the time for others.
 */
export async function archiveRows(run: Run, archiving: Archiving): Promise<ArchiveOutcome> {
  const { plan, members, into } = archiving;
  const startedAt = performance.now();
  await createArchives(run, archiving);
  const moved = new Map(members.map(({ table }) => [table.name, 0]));
  let size = batchRows.first;
  let batches = 0;
  let cursor: RowKey | null = null;
  while (!run.signal.aborted) {
    const candidates: RowKey[] = await readCandidates(run, archiving, size, cursor);
    if (candidates.length === 0) break;
    const began = performance.now();
    const { batch, keys } = await moveWithRetries(run, archiving, candidates);
    cursor = keys.at(-1) ?? cursor;
    const tookMs = performance.now() - began;
    for (const [table, rows] of batch) moved.set(table, (moved.get(table) ?? 0) + rows);
    batches += 1;
    run.onProgress(`moving ${moved.get(plan.table) ?? 0} of ${plan.rows} rows of ${plan.table}`);
    size = nextSize(size, tookMs);
    await pause(tookMs, run.signal);
  }
  const { signal } = new AbortController();
  const remaining = await countOld(
    run.session,
    { members, date: archiving.date, cutoff: plan.cutoff, signal },
    plan.table,
  );
  return {
    moved: moved.get(plan.table) ?? 0,
    remaining,
    children: plan.children.map(({ table }) => ({
      table,
      into: into.get(table) ?? '',
      moved: moved.get(table) ?? 0,
    })),
    batches,
    durationMs: Math.round(performance.now() - startedAt),
  };
}

/** Half as many more at most, and never more than the target is worth. */
export function nextSize(size: number, tookMs: number): number {
  const wanted = Math.floor(size * Math.min(1.5, targetMs / Math.max(1, tookMs)));
  return Math.min(batchRows.most, Math.max(1, wanted));
}

async function createArchives(run: Run, archiving: Archiving): Promise<void> {
  const { database, session, signal } = run;
  const { members, into, date, plan, now } = archiving;
  const context = { database: database.target.database, flavor: database.flavor, signal };
  const schema = await inspectSchema(session, context);
  const missing = members.filter(({ table }) => !schema.tables.has(into.get(table.name) ?? ''));
  if (missing.length === 0) return;
  const { ahead } = run.settings.partitions;
  const range = await readMonthRange(session, plan.table, date.name, { ahead, now, signal });
  for (const { table } of missing) {
    run.onProgress(`making ${into.get(table.name)}`);
    await createArchive(run, table, into.get(table.name) ?? '', {
      date: table.name === plan.table ? date : dateOfChild(table),
      range,
    });
  }
}

/**
 * Keys of old rows, without locks. Where no index begins with the date they are read along the primary key, from
 * where the last batch ended: the rows that were moved are gone, and those before are not old.
 */
async function readCandidates(
  run: Run,
  { members, date, plan }: Archiving,
  size: number,
  cursor: RowKey | null,
): Promise<RowKey[]> {
  const [root] = members;
  if (!root) return [];
  const isIndexed = root.table.indexes.some(({ parts }) => parts[0]?.column === date.name);
  const [first = ''] = root.key;
  const isBehind = !isIndexed && cursor !== null;
  const order = isIndexed ? [date.name] : root.key;
  const rows = await run.session.read<Record<string, unknown>>(
    `/* scalectl:optimize-db */ SELECT ${root.key.map((name) => selectSql(root, name)).join(', ')}
     FROM ${quoteName(root.table.name)} ${ownRows} WHERE ${quoteName(date.name)} < ?
     ${isBehind ? ` AND ${quoteName(first)} >= ?` : ''} ORDER BY ${order.map((name) => quoteName(name)).join(', ')} LIMIT ${size}`,
    [plan.cutoff, ...(isBehind ? [cursor[0]] : [])],
    { timeoutMs: 0, signal: run.signal },
  );
  return rows.map((row) => root.key.map((name) => row[name]));
}

/** A deadlock and a lock that is not given free in time roll the batch back: a smaller one may get through. */
async function moveWithRetries(
  run: Run,
  archiving: Archiving,
  candidates: readonly RowKey[],
): Promise<{ batch: Moved; keys: readonly RowKey[] }> {
  for (let attempt = 1, keys = candidates; ; attempt += 1) {
    try {
      const part = keys;
      const batch = await run.database.transaction((session) =>
        moveBatch(session, archiving, part),
      );
      return { batch, keys };
    } catch (error) {
      if (!isRetryable(error) || attempt >= attempts || run.signal.aborted) throw error;
      keys = keys.slice(0, Math.max(1, Math.floor(keys.length / 2)));
      await pause(targetMs * attempt, run.signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // Stopped while it paused: the loop sees it.
  }
}
