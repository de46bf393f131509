import { setTimeout as sleep } from 'node:timers/promises';
import { quoteName } from '../database/identifiers.ts';
import { isServerError } from '../database/server-errors.ts';
import type { Database, DefineOptions } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import type { Step } from './findings.ts';
import { isLeftPrefix, isSameShape, partsSql } from './index-shape.ts';
import type { Index, Table } from './schema.ts';
import { stepSql } from './steps.ts';
import { readTableUse } from './table-use.ts';

/**
 * Statements of the application wait behind a change that waits for its table: so it does not wait at all where the
 * server can be told so (MariaDB), and one second, which is MySQL's least, where nothing old is in its way.
 */
const longestWaitSeconds = 1;
const attempts = { usual: 5, toUndo: 12 };
const pauseMs = { first: 250, longest: 4000 };
/** A change that does not wait finds a busy table free only by luck: that is tried a few times in a row. */
const inARow = { tries: 6, pauseMs: 20, quickMs: 200 };

export interface AlterOptions extends Pick<DefineOptions, 'signal' | 'foreignKeyChecks'> {
  /** The table, for a look at who uses it; any of the database when left out. */
  table?: string;
  /** A long build is lost when its end finds the table in use: it may wait a second from the start. */
  isLong?: boolean;
  /** Told what the statement took in the end, without the attempts before. */
  onDone?: (tookMs: number) => void;
}

/** A change that could not get hold of its table. The last refusal of the server, if there was one, is its cause. */
export class TableInUse extends ScalectlError {
  constructor(cause: unknown) {
    super('statement-failed', 'the table is in use', { cause });
  }
}

/**
 * Sends DDL and tries again when the table was in use, with growing pauses. No statement of the application waits
 * behind it for longer than a second.
 * @param purpose taking something back is tried for longer, as leaving it would be worse
 * @throws TableInUse when the table stays in use
 */
export async function alterOnline(
  database: Database,
  sql: string,
  purpose: keyof typeof attempts,
  options: AlterOptions = {},
): Promise<Record<string, unknown>[]> {
  const { signal, foreignKeyChecks } = options;
  let refusal: unknown;
  for (let attempt = 1; ; attempt += 1) {
    const lockWaitTimeoutSeconds = await chooseWait(database, attempt, purpose, options);
    const tries = lockWaitTimeoutSeconds === 0 ? inARow.tries : 1;
    for (let quick = 1; lockWaitTimeoutSeconds !== null && quick <= tries; quick += 1) {
      const startedAt = performance.now();
      try {
        const rows = await database.define(`/* scalectl:optimize-db */ ${sql}`, {
          lockWaitTimeoutSeconds,
          ...(signal ? { signal } : {}),
          ...(foreignKeyChecks === undefined ? {} : { foreignKeyChecks }),
        });
        options.onDone?.(performance.now() - startedAt);
        return rows;
      } catch (error) {
        if (!isServerError(error, 'lockWaitTimeout') || signal?.aborted) throw error;
        refusal = error;
        // It had got hold of the table and lost its work at the end: not to be repeated at once.
        if (performance.now() - startedAt > inARow.quickMs) break;
      }
      if (quick < tries) await pause(inARow.pauseMs, signal);
    }
    if (attempt >= attempts[purpose]) throw new TableInUse(refusal);
    await pause(Math.min(pauseMs.longest, pauseMs.first * 2 ** attempt), signal);
  }
}

/** Seconds to wait for the table; null to leave this attempt out. */
async function chooseWait(
  database: Database,
  attempt: number,
  purpose: keyof typeof attempts,
  { table = null, isLong = false }: { table?: string | null; isLong?: boolean },
): Promise<number | null> {
  const { ddlWait } = database.flavor;
  if (ddlWait && !isLong && attempt <= 2) return 0;
  const use = await readTableUse(database, { database: database.target.database, table });
  if (use === 'free') return longestWaitSeconds;
  if (use === 'in-use') return ddlWait ? 0 : null;
  // Not knowing, it waits only where it must: to leave something half done would be worse.
  const isUrgent = purpose === 'toUndo' && attempt > attempts.toUndo / 2;
  return ddlWait && !isUrgent ? 0 : longestWaitSeconds;
}

/** With chance in it, so that it does not keep meeting what comes at a fixed pace. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms * (0.5 + Math.random()), undefined, signal ? { signal } : {});
}

/**
 * An index that the server made by itself for a foreign key goes by itself when another one can serve the key. The
 * journal knows what was there before: it is put back, as an index like any other, so that nothing is lost and a
 * proof compares with what was there.
 * @returns names of what was put back
 */
export async function restoreLost(
  database: Database,
  table: Table,
  before: readonly Index[],
): Promise<string[]> {
  const lost = before.filter(
    (index) =>
      !index.isUnique &&
      index.type === 'BTREE' &&
      !table.indexes.some((other) => other.name === index.name),
  );
  if (lost.length === 0) return [];
  await alterOnline(
    database,
    `ALTER TABLE ${quoteName(table.name)} ${lost.map(addClause).join(', ')}, ALGORITHM=INPLACE, LOCK=NONE`,
    'toUndo',
    { table: table.name },
  );
  return lost.map((index) => index.name);
}

/**
 * Takes an added index back. In the same statement it puts back the indexes of before that have gone since because
 * this one served what they served, unless another still does.
 * @param options checks are switched off for an index that a foreign key was without before
 */
export async function removeIndex(
  database: Database,
  table: Table,
  step: Extract<Step, { kind: 'add-index' }>,
  before: readonly Index[],
  options: Pick<DefineOptions, 'foreignKeyChecks'> = {},
): Promise<void> {
  const remaining = table.indexes.filter((index) => index.name !== step.index);
  const added = { parts: step.parts, type: 'BTREE' };
  const needed = before.filter(
    (index) =>
      !index.isUnique &&
      isLeftPrefix(index, added) &&
      !remaining.some((other) => isLeftPrefix(index, other)),
  );
  const [drop] = stepSql({ ...step, kind: 'drop-index', coveredBy: null });
  const sql =
    needed.length === 0
      ? (drop ?? '')
      : `ALTER TABLE ${quoteName(table.name)} ${needed.map(addClause).join(', ')}, DROP INDEX ${quoteName(step.index)}, ALGORITHM=INPLACE, LOCK=NONE`;
  await alterOnline(database, sql, 'toUndo', { ...options, table: table.name });
}

function addClause(index: Index): string {
  return `ADD INDEX ${quoteName(index.name)} ${partsSql(index.parts)}`;
}

/** The index of a step, when it is there as the step made it. */
export function findAdded(
  table: Table | undefined,
  step: Extract<Step, { kind: 'add-index' }>,
): Index | undefined {
  return table?.indexes.find(
    (index) =>
      index.name === step.index && isSameShape(index, { parts: step.parts, type: 'BTREE' }),
  );
}
