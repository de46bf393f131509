import { serverErrorNumber } from '../database/server-errors.ts';
import type { Session } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import { plural } from '../output/text.ts';

/** A connection that keeps a table in use, or may do so. */
interface Blocker {
  id: number | string;
  user: string;
  host: string | null;
  seconds: number | string | null;
  command: string | null;
}

/** More would only repeat what the first ones say. */
const most = 3;
/** A change waits one second for its table: what is younger did not stop it. */
const leastSeconds = 1;

/** `trx_started` is in the server's own time zone, while our sessions are in UTC. */
const openForSeconds =
  "TIMESTAMPDIFF(SECOND, trx.trx_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM'))";

/**
 * Says who keeps a table in use, for a change that could not get hold of it: by the server's list of locks where it
 * keeps one (MySQL 8 does; MariaDB only with the instrument `wait/lock/metadata/sql/mdl`), else by what is open in
 * the database for longer than the change has waited.
 * @returns a part of a sentence: `connection 12 (shop@10.0.0.5) has a transaction open for 40 s`
 */
export async function describeBlockers(
  session: Session,
  { database, table }: { database: string; table: string },
): Promise<string> {
  const holders = await readIfAllowed(
    session,
    `SELECT DISTINCT t.PROCESSLIST_ID AS id, t.PROCESSLIST_USER AS user, t.PROCESSLIST_HOST AS host,
       t.PROCESSLIST_TIME AS seconds, t.PROCESSLIST_COMMAND AS command
     FROM performance_schema.metadata_locks l JOIN performance_schema.threads t ON t.THREAD_ID = l.OWNER_THREAD_ID
     WHERE l.OBJECT_TYPE = 'TABLE' AND l.OBJECT_SCHEMA = ? AND l.OBJECT_NAME = ? AND l.LOCK_STATUS = 'GRANTED'
       AND t.PROCESSLIST_ID <> CONNECTION_ID()
     ORDER BY t.PROCESSLIST_TIME DESC, t.PROCESSLIST_ID`,
    [database, table],
  );
  if (holders && holders.length > 0) return list(holders, describeHolder);
  const transactions = await readIfAllowed(
    session,
    `SELECT trx.trx_mysql_thread_id AS id, p.USER AS user, p.HOST AS host, p.COMMAND AS command,
       ${openForSeconds} AS seconds
     FROM information_schema.INNODB_TRX trx JOIN information_schema.PROCESSLIST p ON p.ID = trx.trx_mysql_thread_id
     WHERE p.DB = ? AND p.ID <> CONNECTION_ID() AND ${openForSeconds} >= ?
     ORDER BY trx.trx_started`,
    [database, leastSeconds],
  );
  if (transactions && transactions.length > 0)
    return list(transactions, (seconds) => `has a transaction open for ${seconds} s`);
  // Of its own account a connection sees the others without any privilege.
  const busy = await readIfAllowed(
    session,
    `SELECT ID AS id, USER AS user, HOST AS host, TIME AS seconds, COMMAND AS command
     FROM information_schema.PROCESSLIST
     WHERE DB = ? AND ID <> CONNECTION_ID() AND COMMAND <> 'Sleep' AND TIME >= ? ORDER BY TIME DESC, ID`,
    [database, leastSeconds],
  );
  if (busy && busy.length > 0) return list(busy, (seconds) => `has been busy for ${seconds} s`);
  return transactions === null
    ? 'by whom, this account may not see (GRANT PROCESS ON *.* would let it)'
    : 'by whom is no longer to be seen';
}

function describeHolder(seconds: number, command: string | null): string {
  return `uses it, ${command === 'Sleep' ? 'idle' : 'busy'} for ${seconds} s`;
}

function list(
  blockers: readonly Blocker[],
  describe: (seconds: number, command: string | null) => string,
): string {
  const named = blockers.slice(0, most).map(({ id, user, host, seconds, command }) => {
    const address = (host ?? '').replace(/:\d+$/, '');
    const account = address === '' ? user : `${user}@${address}`;
    return `connection ${id} (${account}) ${describe(Number(seconds ?? 0), command)}`;
  });
  const others = blockers.length - named.length;
  return [...named, ...(others > 0 ? [`and ${plural(others, 'other')}`] : [])].join('; ');
}

/** null when the account may not, or the server has no such table. */
async function readIfAllowed(
  session: Session,
  statement: string,
  values: readonly unknown[],
): Promise<Blocker[] | null> {
  try {
    return await session.read<Blocker>(`/* scalectl:optimize-db check */ ${statement}`, values);
  } catch (error) {
    if (error instanceof ScalectlError && serverErrorNumber(error) !== null) return null;
    throw error;
  }
}
