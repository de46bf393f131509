import { appendFile } from 'node:fs/promises';
import { ScalectlError } from '../errors.ts';
import { acquireLockFile } from '../runtime/lock-file.ts';
import type { LockFile } from '../runtime/lock-file.ts';
import type { ScheduleEntry } from './entries.ts';
import { readHeartbeat, writeHeartbeat } from './heartbeat.ts';
import { runChild } from './run-child.ts';
import type { ChildEnd } from './run-child.ts';
import { openRunLog } from './run-log.ts';
import type { LogLimits } from './run-log.ts';
import type { StateFolder } from './state-folder.ts';

export interface EntryRun extends ChildEnd {
  entry: string;
  startedAt: string;
  endedAt: string;
  durationMs: number;
  /** The command did its work, whatever its verdict. */
  isDone: boolean;
  logFile: string;
}

export interface EntryRunOptions {
  /** Program and arguments of the entry's command. */
  command: readonly string[];
  workingDirectory: string;
  environment: NodeJS.ProcessEnv;
  state: StateFolder;
  log: LogLimits;
  /** Asks the command to end. */
  signal: AbortSignal;
  /** How long a command that was asked to end may take before it is killed. */
  stopGraceMs?: number;
}

/**
 * Runs one entry of the daily round as a child process: one at a time, its output in the log, its start and end in
 * the heartbeat, ended when it takes longer than its limit.
 * @throws ScalectlError `lock-held` when the run before is still going
 */
export async function runEntry(entry: ScheduleEntry, options: EntryRunOptions): Promise<EntryRun> {
  const { state } = options;
  const logFile = state.logFile(entry.name);
  await using turn = await takeTurn(entry, options);
  const started = new Date();
  const startedAt = started.toISOString();
  const before = await readHeartbeat(state, entry.name);
  const log = await openRunLog(logFile, options.log, started);
  let run: EntryRun;
  try {
    await writeHeartbeat(state, entry.name, { ...before, lastStartedAt: startedAt });
    log.note(
      `${entry.name} begins in process ${turn.owner.pid}: scalectl ${entry.arguments.join(' ')}`,
    );
    const ended = await runChild(options.command, {
      ...options,
      timeLimitMs: entry.timeLimitMs,
      stopGraceMs: options.stopGraceMs ?? 30_000,
      onOutput: log.write,
      onStop: (reason) => log.note(`${entry.name} is asked to stop: ${reasonInWords[reason]}`),
    });
    const endedAt = new Date().toISOString();
    const durationMs = Date.parse(endedAt) - started.getTime();
    const isDone =
      ended.exitCode !== null &&
      ended.stoppedBy !== 'limit' &&
      [0, ...entry.doneExitCodes].includes(ended.exitCode);
    run = { entry: entry.name, startedAt, endedAt, durationMs, ...ended, isDone, logFile };
    await writeHeartbeat(state, entry.name, {
      lastStartedAt: startedAt,
      lastEndedAt: endedAt,
      lastExitCode: ended.exitCode,
      lastDurationMs: durationMs,
      lastDoneAt: isDone ? endedAt : before.lastDoneAt,
    });
    log.note(`${entry.name} ends after ${(durationMs / 1000).toFixed(1)} s: ${endInWords(ended)}`);
  } catch (error) {
    log.note(`${entry.name} failed: ${(error as Error).message}`);
    await log.close();
    throw error;
  }
  await closeOrTell(log.close, logFile);
  return run;
}

/** The lock; when somebody else has it the log gets a line, so that a skipped run leaves a trace. */
async function takeTurn(entry: ScheduleEntry, { state }: EntryRunOptions): Promise<LockFile> {
  try {
    return await acquireLockFile(state.lockFile(entry.name));
  } catch (error) {
    if (error instanceof ScalectlError && error.code === 'lock-held') {
      const line = `${new Date().toISOString()} scalectl ${entry.name} is skipped: ${error.message}\n`;
      await appendFile(state.logFile(entry.name), line).catch(() => {
        // Without the log's folder the holder has not come to its first line yet; the exit code tells all there is.
      });
    }
    throw error;
  }
}

async function closeOrTell(close: () => Promise<void>, logFile: string): Promise<void> {
  try {
    await close();
  } catch (error) {
    throw new ScalectlError(
      'operation-failed',
      `the log ${logFile} could not be written: ${(error as Error).message}`,
      {
        hint: 'Make room on the disk, or set schedule.stateDir to another folder.',
        cause: error,
      },
    );
  }
}

const reasonInWords = { limit: 'it took longer than its time limit', interrupted: 'interrupted' };

/** `exit code 0`, `ended by SIGKILL` */
export function endInWords({ exitCode, endSignal, stoppedBy }: ChildEnd): string {
  const end = exitCode === null ? `ended by ${endSignal ?? 'a signal'}` : `exit code ${exitCode}`;
  return stoppedBy === null ? end : `${end} (${reasonInWords[stoppedBy]})`;
}
