import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ScheduleEntry } from '../../../src/schedule/entries.ts';
import { readHeartbeat, reportHeartbeat } from '../../../src/schedule/heartbeat.ts';
import {
  readInstallation,
  reportInstalled,
  writeInstallation,
} from '../../../src/schedule/installation.ts';
import { runEntry } from '../../../src/schedule/run-entry.ts';
import type { EntryRun } from '../../../src/schedule/run-entry.ts';
import { findStateFolder } from '../../../src/schedule/state-folder.ts';
import type { StateFolder } from '../../../src/schedule/state-folder.ts';
import { makeRound } from '../../support/schedule-round.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const round = await makeRound();
const [queueProcess] = round.entries;
if (!queueProcess) throw new Error('no entry');
const entry: ScheduleEntry = queueProcess;

async function stateFolder(): Promise<StateFolder> {
  return findStateFolder({ stateDir: path.join(await temporaryFolder(), 'state'), name: null }, {});
}

interface RunOptions {
  timeLimitMs?: number;
  stopGraceMs?: number;
  signal?: AbortSignal;
  command?: string[];
}

function run(state: StateFolder, script: string, options: RunOptions = {}): Promise<EntryRun> {
  return runEntry(
    { ...entry, timeLimitMs: options.timeLimitMs ?? 20_000 },
    {
      command: options.command ?? [process.execPath, '-e', script],
      workingDirectory: path.dirname(state.dir),
      environment: process.env,
      state,
      log: { maxSizeBytes: 1_000_000, retentionMs: 86_400_000 },
      signal: options.signal ?? new AbortController().signal,
      stopGraceMs: options.stopGraceMs ?? 5000,
    },
  );
}

const log = (state: StateFolder): Promise<string> => readFile(state.logFile(entry.name), 'utf8');

/** Resolves when the log of the entry has the text. */
async function logged(state: StateFolder, text: string): Promise<void> {
  for (;;) {
    if ((await log(state).catch(() => '')).includes(text)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a scheduled run', () => {
  it('leaves its output in the log, its times and exit code in the heartbeat, and no lock', async () => {
    const state = await stateFolder();
    const ended = await run(state, 'console.log("out"); console.error("err")');
    expect(ended).toMatchObject({ exitCode: 0, stoppedBy: null, isDone: true });
    expect(await log(state)).toMatch(
      /queue-process begins in process \d+: scalectl queue process --max-time 280s\n(out\nerr|err\nout)\n.* ends after .* s: exit code 0\n$/,
    );
    expect(await readHeartbeat(state, entry.name)).toEqual({
      lastStartedAt: ended.startedAt,
      lastEndedAt: ended.endedAt,
      lastExitCode: 0,
      lastDurationMs: ended.durationMs,
      lastDoneAt: ended.endedAt,
    });
    expect(await readdir(path.dirname(state.lockFile(entry.name)))).toEqual([]);
  });

  it('with a bad verdict was done, one that failed was not', async () => {
    const state = await stateFolder();
    const verdict = await run(state, 'process.exitCode = 1');
    expect(verdict).toMatchObject({ exitCode: 1, isDone: true });
    expect(await run(state, 'process.exitCode = 69')).toMatchObject({ isDone: false });
    expect(await readHeartbeat(state, entry.name)).toMatchObject({
      lastExitCode: 69,
      lastDoneAt: verdict.endedAt,
    });
  });

  it('is skipped with a trace while the one before is still going', async () => {
    const state = await stateFolder();
    const first = run(state, 'console.log("going"); setTimeout(() => 0, 1500)');
    await logged(state, 'going');
    const report = await reportHeartbeat(state, entry, { now: new Date(), since: new Date(0) });
    expect(report).toMatchObject({ runningPid: process.pid, lastEndedAt: null, overdueMs: null });
    await expect(run(state, '0')).rejects.toMatchObject({ code: 'lock-held', exitCode: 75 });
    await first;
    expect(await log(state)).toMatch(/queue-process is skipped: process \d+ since/);
  });

  it('that takes too long is asked to stop', async () => {
    const state = await stateFolder();
    const script =
      'process.on("SIGTERM", () => { console.log("drained"); process.exit(0) }); setInterval(() => 0, 1000); console.log("up")';
    const ended = await run(state, script, { timeLimitMs: 800 });
    expect(ended).toMatchObject({ exitCode: 0, stoppedBy: 'limit', isDone: false });
    expect(await log(state)).toMatch(
      /asked to stop: it took longer than its time limit\ndrained\n/,
    );
    expect((await readHeartbeat(state, entry.name)).lastDoneAt).toBeNull();
  });

  it.skipIf(process.platform === 'win32')(
    'that does not stop is killed together with its children',
    async () => {
      const state = await stateFolder();
      const pidFile = path.join(path.dirname(state.dir), 'pid');
      const script = `process.on("SIGTERM", () => 0);
        const child = require("child_process").spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"], { stdio: "inherit" });
        require("fs").writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));`;
      const ended = await run(state, script, { timeLimitMs: 1000, stopGraceMs: 200 });
      expect(ended).toMatchObject({ exitCode: null, endSignal: 'SIGKILL', stoppedBy: 'limit' });
      const grandchild = Number(await readFile(pidFile, 'utf8'));
      await expect.poll(() => isRunning(grandchild), { timeout: 3000 }).toBe(false);
    },
  );

  it('ends with a grandchild that keeps the output open', async () => {
    const state = await stateFolder();
    const script = `const c = require("child_process").spawn(process.execPath, ["-e", "setTimeout(() => 0, 6000)"], { stdio: "inherit", detached: true }); c.unref(); console.log("pid", c.pid)`;
    const ended = await run(state, script);
    expect(ended.exitCode).toBe(0);
    expect(ended.durationMs).toBeLessThan(5500);
    process.kill(Number(/pid (\d+)/.exec(await log(state))?.[1]));
  });

  it('that is interrupted drains', async () => {
    const state = await stateFolder();
    const controller = new AbortController();
    const script =
      'process.on("SIGTERM", () => process.exit(0)); setInterval(() => 0, 1000); console.log("up")';
    const running = run(state, script, { signal: controller.signal });
    await logged(state, 'up\n');
    controller.abort('SIGTERM');
    expect(await running).toMatchObject({ exitCode: 0, stoppedBy: 'interrupted', isDone: true });
  });

  it('that cannot start fails, and the log says why', async () => {
    const state = await stateFolder();
    await expect(run(state, '', { command: ['/nowhere/node'] })).rejects.toMatchObject({
      code: 'operation-failed',
    });
    expect(await log(state)).toMatch(/queue-process failed: \/nowhere\/node cannot be run/);
    await expect(stat(state.lockFile(entry.name))).rejects.toThrow('ENOENT');
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('heartbeats of an installed schedule', () => {
  it('are absent when nothing is installed', async () => {
    const state = await stateFolder();
    expect(await reportInstalled(state, new Date())).toEqual([]);
    expect(await reportHeartbeat(state, entry, { now: new Date(), since: null })).toMatchObject({
      lastStartedAt: null,
      overdueMs: null,
    });
  });

  it('tell how long a run is overdue, counted from the installation or the last start', async () => {
    const state = await stateFolder();
    await writeInstallation(state, 'crontab', [entry]);
    const installation = await readInstallation(state);
    expect(installation).toMatchObject({
      target: 'crontab',
      entries: [{ name: 'queue-process', cron: '*/5 * * * *' }],
    });
    const later = (minutes: number): Date =>
      new Date(Date.parse(installation?.installedAt ?? '') + minutes * 60_000);
    const overdueAt = async (minutes: number): Promise<number | null | undefined> =>
      (await reportInstalled(state, later(minutes)))[0]?.overdueMs;
    expect(await overdueAt(1)).toBeNull();
    expect(await overdueAt(13)).toBeGreaterThan(7 * 60_000);
    await run(state, '0');
    expect(await overdueAt(1)).toBeNull();
  });

  it('are taken for unknown when their file is torn', async () => {
    const state = await stateFolder();
    await run(state, '0');
    await writeFile(state.heartbeatFile(entry.name), '{"lastSta');
    expect((await readHeartbeat(state, entry.name)).lastStartedAt).toBeNull();
  });

  it('keep the time of the installation until something about it changes', async () => {
    const state = await stateFolder();
    await writeInstallation(state, 'crontab', [entry]);
    const first = await readInstallation(state);
    await writeInstallation(state, 'crontab', [entry]);
    expect(await readInstallation(state)).toEqual(first);
    await writeInstallation(state, 'systemd', [entry]);
    expect((await readInstallation(state))?.target).toBe('systemd');
  });
});
