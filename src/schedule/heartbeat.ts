import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { readLockOwner } from '../runtime/lock-file.ts';
import type { CronExpression } from './cron-expression.ts';
import type { EntryName } from './entries.ts';
import type { StateFolder } from './state-folder.ts';
import { listUpcomingRuns } from './upcoming-runs.ts';

/** What an entry's runs left behind. Times are ISO 8601 UTC; null where there was none yet. */
export interface Heartbeat {
  lastStartedAt: string | null;
  lastEndedAt: string | null;
  /** Of the last run that ended; null when a signal ended it. */
  lastExitCode: number | null;
  lastDurationMs: number | null;
  /** End of the last run that did its work. */
  lastDoneAt: string | null;
}

export interface HeartbeatReport extends Heartbeat {
  /** The process that runs the entry now. */
  runningPid: number | null;
  /** How long ago a run should have begun that did not; null when none is due, 0 is never given. */
  overdueMs: number | null;
}

const none: Heartbeat = {
  lastStartedAt: null,
  lastEndedAt: null,
  lastExitCode: null,
  lastDurationMs: null,
  lastDoneAt: null,
};

/** A scheduler may be a little late, and a run takes a moment to begin. */
const graceMs = 120_000;

export async function readHeartbeat(state: StateFolder, entry: EntryName): Promise<Heartbeat> {
  return {
    ...none,
    ...((await readJson(state.heartbeatFile(entry))) as Partial<Heartbeat> | null),
  };
}

export async function writeHeartbeat(
  state: StateFolder,
  entry: EntryName,
  heartbeat: Heartbeat,
): Promise<void> {
  const file = state.heartbeatFile(entry);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFileAtomic(file, `${JSON.stringify(heartbeat)}\n`, { fsync: false });
}

/**
 * The heartbeat with what follows from it now.
 * @param since the installation, before which no run was due; null when nothing is installed
 */
export async function reportHeartbeat(
  state: StateFolder,
  entry: { name: EntryName; cron: CronExpression },
  options: { now: Date; since: Date | null },
): Promise<HeartbeatReport> {
  const heartbeat = await readHeartbeat(state, entry.name);
  const owner = await readLockOwner(state.lockFile(entry.name));
  // While a run goes on the next ones are left out on purpose.
  const isQuiet = owner === null && options.since !== null;
  const startedMs = heartbeat.lastStartedAt === null ? 0 : Date.parse(heartbeat.lastStartedAt);
  const from = isQuiet ? Math.max(startedMs, Number(options.since)) : null;
  return {
    ...heartbeat,
    runningPid: owner?.pid ?? null,
    overdueMs: from === null ? null : overdueMs(entry.cron, new Date(from), options.now),
  };
}

function overdueMs(cron: CronExpression, from: Date, now: Date): number | null {
  const [due] = listUpcomingRuns(cron, { count: 1, after: from });
  const lateMs = due === undefined ? 0 : now.getTime() - due.getTime();
  return lateMs > graceMs ? lateMs : null;
}

/** Null when the file is not there or torn: both mean that nothing is known. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const isExpected =
      error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isExpected) return null;
    throw error;
  }
}
