import { createHash } from 'node:crypto';
import type { Database, PinnedSession } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';

/** The longest build of an index. Less than the largest value that Windows takes, 24 days. */
const longestIdleSeconds = 7 * 86_400;

/**
 * Takes the lock that lets one run at a time change a database, on a connection of its own: the server gives it
 * free when that connection ends, however it ends. Everything but the DDL of a run goes over this connection.
 * @throws ScalectlError `lock-held` (75)
 */
export async function openLockedSession(database: Database): Promise<PinnedSession> {
  const session = await database.pin();
  try {
    // Hosts set it to a minute, and this connection waits while an index is built.
    await session.write(
      `/* scalectl:optimize-db */ SET SESSION wait_timeout = ${longestIdleSeconds}`,
    );
    // Lock names are shared by the whole server and hold 64 characters; the name of a database may have as many.
    const hash = createHash('sha256').update(database.target.database).digest('hex').slice(0, 32);
    const [row] = await session.read<{ locked: number | null }>(
      '/* scalectl:optimize-db */ SELECT GET_LOCK(?, 0) AS locked',
      [`scalectl:optimize-db:${hash}`],
    );
    if (row?.locked !== 1) {
      throw new ScalectlError('lock-held', 'another run of optimize-db works on this database', {
        hint: 'Wait until it has ended, then run this again.',
      });
    }
    await refuseWhileOrphanWorks(session, database.target.database);
    return session;
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * A killed run has lost its lock at once, while the server goes on with its last ALTER TABLE. The same account
 * sees it in the process list without any privilege.
 */
async function refuseWhileOrphanWorks(session: PinnedSession, database: string): Promise<void> {
  const [orphan] = await session.read<{ id: number }>(
    `/* scalectl:optimize-db check */ SELECT ID AS id FROM information_schema.PROCESSLIST
     WHERE DB = ? AND ID <> CONNECTION_ID() AND INFO LIKE '/* scalectl:optimize-db */ ALTER TABLE %'`,
    [database],
  );
  if (!orphan) return;
  throw new ScalectlError(
    'lock-held',
    `the server still works on a change of a run that was ended (connection ${orphan.id})`,
    { hint: 'Wait until it has ended, then run this again: it finishes or undoes what was begun.' },
  );
}
