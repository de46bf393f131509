import { quoteName } from '../../../database/identifiers.ts';
import type { Login } from '../../../database/target.ts';
import type { Session } from '../../../database/types.ts';
import { ScalectlError } from '../../../errors.ts';
import { copyTable, newFolder } from '../../online-schema-change/run.ts';
import type { Copier } from '../../online-schema-change/run.ts';
import { alterOnline } from '../../change.ts';
import type { Run } from '../../run.ts';
import { fingerprint, isSame } from '../fingerprint.ts';
import type { Change, Changes } from './changes.ts';
import type { ConversionMethod } from './method.ts';
import type { Conversion } from './plan.ts';

/** The copy and, after the swap, the table of before. One conversion at a time works on a database. */
export const copyName = 'scalectl_convert_new';
export const oldName = 'scalectl_convert_old';

/**
 * Copies a table beside its writers, compares both, and swaps them in one statement. Triggers keep the copy up to date in
 * the writers' own transactions, so that both tables are equal at every moment, and in one snapshot can be compared.
 * @returns the rows that were compared
 * @throws ScalectlError when copying fails, or the copy is not equal: the table is as it was
 */
export async function copyOnline(
  run: Run,
  given: {
    changes: Changes;
    change: Change;
    conversion: Conversion;
    login: Login;
    method: Extract<ConversionMethod, { kind: 'online' }>;
  },
): Promise<number> {
  const { changes, change, conversion, login, method } = given;
  const { source } = conversion;
  const folder = newFolder();
  const copier = (process: Copier['process']): Promise<void> =>
    changes.setDetail(change.id, { ...change.detail, copier: { process, folder } });
  await copier(null);
  await changes.setState(change.id, 'copying');
  run.onProgress(`copying ${source.name}`);
  await copyTable(method.program, {
    login,
    copy: {
      table: source.name,
      copyName,
      alter: conversion.clauses,
      endsNull: conversion.endsNull,
    },
    onProgress: ({ percent, remainingSeconds }) => {
      run.onProgress(`copying ${source.name}: ${percent} %, ${remainingSeconds} s left`);
    },
    folder,
    onStart: copier,
    signal: run.signal,
  });
  await changes.setState(change.id, 'verifying');
  run.onProgress(`comparing ${source.name} with its copy`);
  const columns = source.columns.map(({ name }) => name);
  const rows = await compare(run, source.name, columns);
  await keepNumbering(run, source.name);
  run.onProgress(`swapping ${source.name}`);
  await changes.setState(change.id, 'swapping');
  await alterOnline(
    run.database,
    `RENAME TABLE ${quoteName(source.name)} TO ${quoteName(oldName)}, ${quoteName(copyName)} TO ${quoteName(source.name)}`,
    'usual',
    { signal: run.signal },
  );
  await changes.setState(change.id, 'cleaning');
  run.onProgress(`removing the old ${source.name}`);
  await dropOld(run);
  return rows;
}

/** The triggers go with it. */
export async function dropOld(run: Run): Promise<void> {
  await alterOnline(run.database, `DROP TABLE IF EXISTS ${quoteName(oldName)}`, 'toUndo');
}

async function compare(run: Run, table: string, columns: readonly string[]): Promise<number> {
  const { signal } = run;
  const [before, after] = await run.database.transaction(
    async (session) => [
      await fingerprint(session, table, columns, { signal }),
      await fingerprint(session, copyName, columns, { signal }),
    ],
    // The first statement takes the snapshot that both read.
    { isolation: 'REPEATABLE READ' },
  );
  if (before && after && isSame(before, after)) return before.rows;
  throw new ScalectlError(
    'operation-failed',
    `the copy of ${table} is not equal: ${after?.rows} rows instead of ${before?.rows}, or other values`,
    {
      hint: 'The table is as it was. Rows that the new definition cannot hold are the usual cause.',
    },
  );
}

/** Numbers that were given and deleted are not given again. */
async function keepNumbering(run: Run, table: string): Promise<void> {
  const [next, nextOfCopy] = [
    await nextNumber(run.session, table),
    await nextNumber(run.session, copyName),
  ];
  if (next === null || (nextOfCopy !== null && BigInt(nextOfCopy) >= BigInt(next))) return;
  await alterOnline(
    run.database,
    `ALTER TABLE ${quoteName(copyName)} AUTO_INCREMENT = ${next}`,
    'usual',
  );
}

async function nextNumber(session: Session, table: string): Promise<string | null> {
  const [row] = await session.read<{ next: string | null }>(
    `/* scalectl:optimize-db */ SELECT CAST(AUTO_INCREMENT AS CHAR) AS next FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?`,
    [table],
  );
  return row?.next ?? null;
}
