import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { quoteName } from '../../../database/identifiers.ts';
import { isMigrated } from '../../../database/migrate.ts';
import type { Session } from '../../../database/types.ts';
import { ScalectlError } from '../../../errors.ts';
import { isProcessAlive } from '../../../runtime/process-identity.ts';
import { isOurFolder } from '../../online-schema-change/run.ts';
import type { Copier } from '../../online-schema-change/run.ts';
import { alterOnline } from '../../change.ts';
import type { Run } from '../../run.ts';
import { readPartitionedTables } from '../monthly-table.ts';
import { Changes } from './changes.ts';
import type { Change } from './changes.ts';
import { restoreKeys } from './foreign-keys.ts';
import { readTriggers } from './method.ts';
import { copyName, dropOld, oldName } from './online.ts';

/** What became of a conversion that an earlier run was killed in. */
export interface RecoveredChange {
  readonly table: string;
  readonly outcome: 'finished' | 'undone';
}

/**
 * Finishes or undoes what killed runs began with a table: what had taken the table's place stays, a copy that had not
 * is removed with its triggers, and the foreign keys come back. Under the run lock.
 * @throws ScalectlError `lock-held` while the killed run's copying tool still works
 */
export async function recoverConversions(run: Run): Promise<RecoveredChange[]> {
  if (!(await isMigrated(run.session, 'partitions'))) return [];
  const changes = new Changes(run.session);
  const recovered: RecoveredChange[] = [];
  for (const change of await changes.unfinished()) {
    run.onProgress(`finishing what was begun with ${change.table}`);
    recovered.push({ table: change.table, outcome: await settle(run, changes, change) });
  }
  return recovered;
}

/** Takes back a conversion that has failed, or finishes it where the table was already swapped. */
export async function undo(run: Run, changes: Changes, id: number): Promise<void> {
  const change = (await changes.unfinished()).find((each) => each.id === id);
  if (change) await settle(run, changes, change);
}

async function settle(
  run: Run,
  changes: Changes,
  change: Change,
): Promise<RecoveredChange['outcome']> {
  await waitForStatements(run.session, run.database.target.database);
  await endCopier(run.session, run.database.target.database, change.detail.copier);
  if (await isDone(run, change)) {
    await dropOld(run);
    await changes.end(change.id, 'done', 'finished after it was stopped');
    return 'finished';
  }
  if (change.state !== 'keys' && change.state !== 'altering') await removeCopy(run, change.table);
  const restored = await restoreKeys(run.database, run.session, change.detail.keys);
  const keys = restored.map(({ table, name }) => `${table}.${name}`).join(', ');
  const message = keys === '' ? 'taken back' : `taken back; put back: ${keys}`;
  await changes.end(change.id, 'undone', message);
  return 'undone';
}

/** Only a table without triggers is copied, so all of this name are the copy's. */
async function removeCopy(run: Run, table: string): Promise<void> {
  // The triggers first: without the copy each of them would fail, and the statement that it belongs to.
  for (const trigger of await readTriggers(run.session, table)) {
    if (!trigger.startsWith('pt_osc_')) continue;
    await alterOnline(run.database, `DROP TRIGGER IF EXISTS ${quoteName(trigger)}`, 'toUndo');
  }
  await alterOnline(run.database, `DROP TABLE IF EXISTS ${quoteName(copyName)}`, 'toUndo');
}

async function isDone(run: Run, { table, state }: Change): Promise<boolean> {
  if (state === 'swapping' || state === 'cleaning') {
    // Both names change in one statement.
    return state === 'cleaning' || (await exists(run.session, oldName));
  }
  if (state !== 'altering') return false;
  const { monthly } = await readPartitionedTables(run.session, run.database.target.database);
  return monthly.some((each) => each.table === table);
}

async function exists(session: Session, table: string): Promise<boolean> {
  const [row] = await session.read<{ found: number }>(
    `/* scalectl:optimize-db */ SELECT COUNT(*) AS found FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?`,
    [table],
  );
  return Number(row?.found) > 0;
}

const longestWaitMs = 30_000;
const lookEveryMs = 200;

/** The server may still work on the last statement of a run that was killed. */
async function waitForStatements(session: Session, database: string): Promise<void> {
  await waitUntilGone(
    async () =>
      isRunning(
        session,
        database,
        "(INFO LIKE '/* scalectl:optimize-db */ RENAME %' OR INFO LIKE '/* scalectl:optimize-db */ DROP %' OR INFO LIKE '/* scalectl:optimize-db */ ALTER %')",
      ),
    'the server still works on a change of a run that was ended',
  );
}

async function endCopier(session: Session, database: string, copier: Copier | null): Promise<void> {
  if (!copier) return;
  const { process: tool, folder } = copier;
  const isAlive = (): boolean => tool !== null && isProcessAlive(tool) === true;
  if (tool && isAlive()) {
    process.kill(tool.pid, 'SIGTERM');
    const deadline = Date.now() + longestWaitMs / 2;
    while (isAlive() && Date.now() < deadline) await sleep(lookEveryMs);
    if (isAlive()) process.kill(tool.pid, 'SIGKILL');
  }
  await waitUntilGone(
    async () =>
      isAlive() ||
      (await isRunning(session, database, `INFO LIKE '%scalectl\\_convert\\_new%nibble%'`)),
    'a copy that a killed run began still works, perhaps on another machine',
  );
  // It may hold the password.
  if (isOurFolder(folder)) await rm(folder, { recursive: true, force: true });
}

async function waitUntilGone(isThere: () => Promise<boolean>, message: string): Promise<void> {
  for (const deadline = Date.now() + longestWaitMs; await isThere(); await sleep(lookEveryMs)) {
    if (Date.now() < deadline) continue;
    throw new ScalectlError('lock-held', message, {
      hint: 'Wait until it has ended, or end it; then run this again.',
    });
  }
}

async function isRunning(session: Session, database: string, condition: string): Promise<boolean> {
  const [row] = await session.read<{ id: number }>(
    `/* scalectl:optimize-db check */ SELECT ID AS id FROM information_schema.PROCESSLIST
     WHERE DB = ? AND ID <> CONNECTION_ID() AND ${condition} LIMIT 1`,
    [database],
  );
  return row !== undefined;
}
