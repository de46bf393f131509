import { setTimeout as sleep } from 'node:timers/promises';
import { quoteName } from '../database/identifiers.ts';
import { isServerError } from '../database/server-errors.ts';
import type { Database, DefineOptions } from '../database/types.ts';
import type { Step } from './findings.ts';
import { isLeftPrefix, isSameShape, partsSql } from './index-shape.ts';
import type { Index, Table } from './schema.ts';
import { stepSql } from './steps.ts';

/** Statements of the application wait behind an ALTER that waits: so it waits one second, and tries again later. */
const lockWaitTimeoutSeconds = 1;
const attempts = { usual: 4, toUndo: 12 };
const pauseMs = { first: 250, longest: 4000 };

/**
 * Sends DDL and tries again when the table was in use.
 * @param purpose taking something back is tried for longer, as leaving it would be worse
 * @throws ScalectlError `statement-failed` with the lock wait as its cause when the table stays in use
 */
export async function alterOnline(
  database: Database,
  sql: string,
  purpose: keyof typeof attempts,
  options: Pick<DefineOptions, 'signal' | 'foreignKeyChecks'> = {},
): Promise<Record<string, unknown>[]> {
  const { signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.define(`/* scalectl:optimize-db */ ${sql}`, {
        lockWaitTimeoutSeconds,
        ...options,
      });
    } catch (error) {
      const isInUse = isServerError(error, 'lockWaitTimeout');
      if (!isInUse || attempt >= attempts[purpose] || signal?.aborted) throw error;
      const pause = Math.min(pauseMs.longest, pauseMs.first * 2 ** attempt);
      await sleep(pause * (0.5 + Math.random()), undefined, signal ? { signal } : {});
    }
  }
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
  await alterOnline(database, sql, 'toUndo', options);
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
