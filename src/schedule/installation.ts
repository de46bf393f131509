import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { parseCron } from './cron-expression.ts';
import type { EntryName, ScheduleEntry } from './entries.ts';
import { isEntryName } from './entries.ts';
import { readJson, reportHeartbeat } from './heartbeat.ts';
import type { HeartbeatReport } from './heartbeat.ts';
import type { StateFolder } from './state-folder.ts';
import type { TargetName } from './target.ts';

/** What `schedule install` left for others to read, so that `health` need not ask the scheduler itself. */
export interface Installation {
  target: TargetName;
  installedAt: string;
  entries: { name: EntryName; cron: string }[];
}

/** Null when nothing was installed from this state folder. */
export async function readInstallation(state: StateFolder): Promise<Installation | null> {
  const found = (await readJson(state.installationFile)) as Partial<Installation> | null;
  if (!found?.target || !found.installedAt || !Array.isArray(found.entries)) return null;
  const entries = found.entries.filter(({ name }) => isEntryName(name));
  return { target: found.target, installedAt: found.installedAt, entries };
}

export async function writeInstallation(
  state: StateFolder,
  target: TargetName,
  entries: readonly ScheduleEntry[],
): Promise<void> {
  const before = await readInstallation(state);
  const wanted = entries.map(({ name, cron }) => ({ name, cron: cron.text }));
  const isSame =
    before?.target === target && JSON.stringify(before.entries) === JSON.stringify(wanted);
  if (isSame) return;
  const installation: Installation = {
    target,
    installedAt: new Date().toISOString(),
    entries: wanted,
  };
  await mkdir(path.dirname(state.installationFile), { recursive: true });
  await writeFileAtomic(state.installationFile, `${JSON.stringify(installation)}\n`);
}

export async function removeInstallation(state: StateFolder): Promise<void> {
  await rm(state.installationFile, { force: true });
}

/** The heartbeats of all entries that are installed from this folder, for `health`; empty when none is. */
export async function reportInstalled(
  state: StateFolder,
  now: Date,
): Promise<({ entry: EntryName; cron: string } & HeartbeatReport)[]> {
  const installation = await readInstallation(state);
  if (!installation) return [];
  const since = new Date(installation.installedAt);
  return Promise.all(
    installation.entries.map(async ({ name, cron }) => ({
      entry: name,
      cron,
      ...(await reportHeartbeat(state, { name, cron: parseCron(cron) }, { now, since })),
    })),
  );
}
