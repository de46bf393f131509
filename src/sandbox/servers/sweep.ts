import type { Stats } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

import { ownerState, readServerNote, removeSandboxFolder, sandboxFolderPrefix } from './folder.ts';
import { endProcess, listProcesses, startTokenOf } from './processes.ts';
import type { ProcessFacts } from './processes.ts';

/** A folder without a readable owner is young, or a crash tore it: after this long it is the latter. */
const unownedAgeMs = 10 * 60_000;

export interface SweptSandboxes {
  /** Folders that were removed. */
  removed: string[];
  /** Process numbers of servers that were ended. */
  ended: number[];
}

/**
 * Ends the servers and removes the folders of sandboxes whose process died without a chance to do so
 * (kill -9, power cut). Touches only folders of this user, and ends a process only when its noted number
 * and start time, or its own command line or working folder, prove that it serves such a folder.
 */
export async function sweepAbandonedSandboxes(): Promise<SweptSandboxes> {
  return removeSandboxes(await ownFolders(isAbandoned));
}

/** Folders of this user's sandboxes that were to outlive the process that made them. */
export async function listKeptSandboxes(): Promise<string[]> {
  return ownFolders(async (folder) => (await ownerState(folder)) === 'kept');
}

/** Ends the servers of kept sandboxes and removes their folders. */
export async function stopKeptSandboxes(): Promise<SweptSandboxes> {
  return removeSandboxes(await listKeptSandboxes());
}

async function removeSandboxes(folders: readonly string[]): Promise<SweptSandboxes> {
  const swept: SweptSandboxes = { removed: [], ended: [] };
  if (folders.length === 0) return swept;
  const processes = await listProcesses();
  for (const folder of folders) {
    const pids = await serversOf(folder, processes);
    for (const pid of pids) {
      await endProcess(pid, 'SIGKILL');
      swept.ended.push(pid);
    }
    await removeSandboxFolder(folder);
    swept.removed.push(folder);
  }
  return swept;
}

/** Sandbox folders of this user of which `isWanted` is true. */
async function ownFolders(
  isWanted: (folder: string, facts: Stats) => Promise<boolean>,
): Promise<string[]> {
  const temporary = await realpath(os.tmpdir());
  const names = (await readdir(temporary)).filter((name) => name.startsWith(sandboxFolderPrefix));
  const wanted: string[] = [];
  for (const name of names) {
    const folder = path.join(temporary, name);
    try {
      const facts = await lstat(folder);
      const isOwn = !process.getuid || facts.uid === process.getuid();
      if (facts.isDirectory() && isOwn && (await isWanted(folder, facts))) wanted.push(folder);
    } catch (error) {
      // Its owner, or another sweep, removed it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return wanted;
}

async function isAbandoned(folder: string, facts: Stats): Promise<boolean> {
  const state = await ownerState(folder);
  if (state !== 'unknown') return state === 'gone';
  const noted = await lstat(path.join(folder, 'owner.json')).catch(() => null);
  return (noted === null || noted.size === 0) && Date.now() - facts.mtimeMs > unownedAgeMs;
}

async function serversOf(folder: string, processes: readonly ProcessFacts[]): Promise<number[]> {
  const pids = new Set(processes.filter((entry) => servesFolder(entry, folder)).map((e) => e.pid));
  const noted = await readServerNote(folder);
  if (noted?.startToken && (await startTokenOf(noted.pid)) === noted.startToken)
    pids.add(noted.pid);
  return [...pids];
}

/**
 * Whether this is a server that was started for `folder`. Naming the folder is not enough, or somebody's
 * `tail -f` of its log would be ended. Redis 6.0 puts a title in the place of its arguments: its working
 * folder tells.
 */
export function servesFolder(entry: ProcessFacts, folder: string): boolean {
  const words = entry.commandLine.split(' ');
  const isServer = words.some((word) =>
    /(^|[/\\])(mariadbd|mysqld|redis-server|valkey-server|shop-site\.js)(\.exe)?"?$/.test(word),
  );
  if (!isServer) return false;
  return (
    entry.commandLine.includes(folder + path.sep) ||
    entry.cwd === folder ||
    entry.cwd?.startsWith(folder + path.sep) === true
  );
}
