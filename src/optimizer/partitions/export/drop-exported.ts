import { setTimeout as sleep } from 'node:timers/promises';
import { quoteName } from '../../../database/identifiers.ts';
import { isServerError } from '../../../database/server-errors.ts';
import { ScalectlError } from '../../../errors.ts';
import { TableInUse } from '../../change.ts';
import { ownRows } from '../../evidence/not-workload.ts';
import type { Run } from '../../run.ts';
import type { Table } from '../../schema.ts';
import { isSame, fingerprint } from '../fingerprint.ts';
import type { Exported } from './export-partition.ts';
import { writtenColumns } from './read-rows.ts';

const attempts = 5;
const pauseMs = 1000;

/**
 * Drops a partition whose rows are in a file, if they still are the same ones. Nobody can write to the table from the
 * comparison to the end: a row that came since would be lost. Its writers wait for no longer than
 * `optimizer.partitions.exportLock`.
 * @throws ScalectlError `refused` where rows came or changed, or cannot be compared in time; TableInUse
 */
export async function dropExported(
  run: Run,
  table: Table,
  partition: string,
  exported: Exported,
): Promise<void> {
  const name = quoteName(table.name);
  // Destroyed at the end, whatever happens: the server gives the table free with it.
  await using session = await run.database.pin();
  await session.write('/* scalectl:optimize-db */ SET SESSION lock_wait_timeout = 1');
  for (let attempt = 1; ; attempt += 1) {
    try {
      await session.write(
        `/* scalectl:optimize-db */ LOCK TABLES ${name} WRITE, ${name} AS ${ownRows} WRITE`,
      );
      break;
    } catch (error) {
      if (!isServerError(error, 'lockWaitTimeout')) throw error;
      if (attempt >= attempts) throw new TableInUse(error);
    }
    await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal: run.signal });
  }
  const columns = writtenColumns(table).map((column) => column.name);
  const timeoutMs = run.settings.partitions.exportLock;
  const now = await fingerprint(session, table.name, columns, {
    partition,
    timeoutMs,
    signal: run.signal,
  }).catch((error: unknown) => {
    if (!(error instanceof ScalectlError) || error.code !== 'statement-timeout') throw error;
    throw new ScalectlError(
      'refused',
      `${partition} was exported and not dropped: to compare its rows once more takes longer than writers may wait (optimizer.partitions.exportLock)`,
      { cause: error },
    );
  });
  if (!isSame(now, exported.fingerprint)) {
    throw new ScalectlError(
      'refused',
      `${partition} was not dropped: its rows changed while they were exported`,
    );
  }
  await session.write(
    `/* scalectl:optimize-db */ ALTER TABLE ${name} DROP PARTITION ${quoteName(partition)}`,
  );
}
