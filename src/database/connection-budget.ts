import type { Session } from './types.ts';

/** What the server leaves to this account, in connections. */
export interface ConnectionRoom {
  /** max_connections less what is connected now. */
  server: number;
  /** The account's own limit less what it uses now; null without a limit. */
  account: number | null;
}

/** Reads the limits that bind this account. Needs no privilege: everybody sees the own connections. */
export async function readConnectionRoom(session: Session): Promise<ConnectionRoom> {
  const [limits] = await session.read<{ server: number; account: number }>(
    '/* scalectl:connect */ SELECT @@GLOBAL.max_connections AS server, @@SESSION.max_user_connections AS account',
  );
  const [threads] = await session.read<{ Value: string }>(
    "/* scalectl:connect */ SHOW GLOBAL STATUS LIKE 'Threads_connected'",
  );
  const accountLimit = Number(limits?.account ?? 0);
  return {
    server: Number(limits?.server ?? 0) - Number(threads?.Value ?? 0),
    account: accountLimit > 0 ? accountLimit - (await countOwnConnections(session)) : null,
  };
}

/** One holds the lock of a run, the other works: with fewer a run would wait for itself. */
const fewest = 2;

/** At most a quarter of what is left, as the shop's visitors need the rest; but never fewer than a run needs. */
export function affordableConnections(wanted: number, room: ConnectionRoom): number {
  const left = Math.min(room.server, room.account ?? Infinity);
  return Math.min(Math.max(wanted, fewest), Math.max(fewest, Math.floor(left / 4)));
}

async function countOwnConnections(session: Session): Promise<number> {
  const threads = await session.read<{ User: string }>('/* scalectl:connect */ SHOW PROCESSLIST');
  const [me] = await session.read<{ name: string }>(
    "/* scalectl:connect */ SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1) AS name",
  );
  return threads.filter((thread) => thread.User === me?.name).length;
}
