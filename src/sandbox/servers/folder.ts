import {
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

import { isAlive, startTokenOf } from './processes.ts';

export const sandboxFolderPrefix = 'scalectl-sandbox-';

/** Who made a sandbox folder: enough to tell later, from another process, whether it is still in use. */
export interface SandboxOwner {
  pid: number;
  startToken: string | null;
  host: string;
  /** Linux: a new one at each start of the machine. */
  bootId: string | null;
  /** Linux: process numbers mean the same only inside one namespace (a container that shares /tmp). */
  pidNamespace: string | null;
  /** It was to outlive that process: it goes when it is stopped, or with a restart of the machine. */
  isKept?: boolean;
}

/** A process that was started for a sandbox folder. */
export interface SandboxServer {
  pid: number;
  startToken: string | null;
}

/** The note that goes into this process's folders. Asked for first, so that making a folder is one step. */
export async function describeOwner(): Promise<SandboxOwner> {
  return { pid: process.pid, startToken: await startTokenOf(process.pid), ...thisMachine() };
}

/**
 * A new folder in the temporary folder, for this user alone (mode 0700), with a note of who owns it, so
 * that a later start can remove it if this process dies without a chance to do so. Synchronous: a signal
 * cannot fall between making the folder and remembering it.
 * @returns its real path
 */
export function createSandboxFolder(owner: SandboxOwner): string {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), sandboxFolderPrefix)));
  writeFileSync(path.join(folder, 'owner.json'), JSON.stringify(owner), { mode: 0o600 });
  return folder;
}

export async function removeSandboxFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}

/** For the moment when the process ends and nothing asynchronous runs any more. */
export function removeSandboxFolderNow(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}

/** Notes the process of a server in its sandbox folder. */
export async function noteServer(folder: string, pid: number): Promise<void> {
  const server: SandboxServer = { pid, startToken: await startTokenOf(pid) };
  await writeFile(path.join(folder, 'server.json'), JSON.stringify(server), { mode: 0o600 });
}

export async function readServerNote(folder: string): Promise<SandboxServer | null> {
  return readJson<SandboxServer>(path.join(folder, 'server.json'));
}

/** Notes that the folder and its server are to outlive this process. */
export async function noteKept(folder: string, owner: SandboxOwner): Promise<void> {
  const file = path.join(folder, 'owner.json');
  // Renamed into place: a torn note would make the folder nobody's.
  await writeFile(`${file}.new`, JSON.stringify({ ...owner, isKept: true }), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** `unknown`: made on another machine or in another container, or by a process that noted nothing yet. */
export async function ownerState(folder: string): Promise<'alive' | 'gone' | 'kept' | 'unknown'> {
  const owner = await readJson<SandboxOwner>(path.join(folder, 'owner.json'));
  if (!owner) return 'unknown';
  const here = thisMachine();
  if (owner.host !== here.host) return 'unknown';
  if (owner.bootId !== here.bootId) return 'gone';
  if (owner.pidNamespace !== here.pidNamespace) return 'unknown';
  if (owner.isKept === true) return 'kept';
  if (!isAlive(owner.pid)) return 'gone';
  const token = await startTokenOf(owner.pid);
  // Where the platform tells no start time, a living process of that number counts as the owner.
  return owner.startToken !== null && token !== owner.startToken ? 'gone' : 'alive';
}

function thisMachine(): Pick<SandboxOwner, 'host' | 'bootId' | 'pidNamespace'> {
  const linux = process.platform === 'linux';
  return {
    host: os.hostname(),
    bootId: linux
      ? valueOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
      : null,
    pidNamespace: linux ? valueOrNull(() => readlinkSync('/proc/self/ns/pid')) : null,
  };
}

/** A hardened container may hide these files: then the other facts decide. */
function valueOrNull(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}

async function readJson<Value>(file: string): Promise<Value | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Value;
  } catch {
    // Not written yet, or torn by a crash: both mean that nothing is known.
    return null;
  }
}
