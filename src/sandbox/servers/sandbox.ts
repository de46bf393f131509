import process from 'node:process';

import {
  createSandboxFolder,
  describeOwner,
  noteKept,
  removeSandboxFolder,
  removeSandboxFolderNow,
} from './folder.ts';
import { endProcess, isAlive } from './processes.ts';

/**
 * A temporary folder of this process, with the server that runs in it, if any. Both go when the process
 * ends, however it ends; after `kill -9`, with the next start of any sandbox.
 */
export interface Sandbox extends AsyncDisposable {
  readonly folder: string;
  /** Set by whoever starts or ends the server. */
  serverPid: number | null;
  /** Ends the server and removes the folder. A second call does nothing. */
  remove(): Promise<void>;
  /** Lets the server and the folder outlive this process, until `stopKeptSandboxes`. remove() then does nothing. */
  keep(): Promise<void>;
}

const live = new Set<Sandbox>();

/** @returns an empty sandbox: a folder of mode 0700 in the temporary folder */
export async function createSandbox(): Promise<Sandbox> {
  watchForEnd();
  const owner = await describeOwner();
  const remove = async (): Promise<void> => {
    if (!live.has(sandbox)) return;
    if (sandbox.serverPid !== null) await endProcess(sandbox.serverPid, 'SIGKILL');
    sandbox.serverPid = null;
    await removeSandboxFolder(sandbox.folder);
    live.delete(sandbox);
  };
  const sandbox: Sandbox = {
    folder: createSandboxFolder(owner),
    serverPid: null,
    remove,
    keep: async () => {
      if (!live.has(sandbox)) return;
      await noteKept(sandbox.folder, owner);
      live.delete(sandbox);
    },
    [Symbol.asyncDispose]: remove,
  };
  live.add(sandbox);
  return sandbox;
}

let watching = false;

/** Node ends at a signal without an 'exit' event when nobody listens to it: hence both. */
function watchForEnd(): void {
  if (watching) return;
  watching = true;
  process.on('exit', removeEverythingNow);
  const signals: NodeJS.Signals[] =
    process.platform === 'win32' ? ['SIGINT', 'SIGTERM'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) {
    const listener = (): void => {
      // Whoever else listens decides how the process ends: its own stop(), or 'exit', does the rest.
      if (process.listenerCount(signal) > 1) return;
      removeEverythingNow();
      process.removeListener(signal, listener);
      process.kill(process.pid, signal);
    };
    process.on(signal, listener);
  }
}

/** All servers first, then every folder: what goes wrong with one must not leave the others behind. */
function removeEverythingNow(): void {
  const failures: unknown[] = [];
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      failures.push(error);
    }
  };
  for (const { serverPid } of live) {
    if (serverPid !== null && isAlive(serverPid)) {
      attempt(() => void process.kill(serverPid, 'SIGKILL'));
    }
  }
  for (const { folder } of live) attempt(() => removeSandboxFolderNow(folder));
  live.clear();
  // The next start of any sandbox removes what is left; that it was left must be seen all the same.
  if (failures.length > 0) throw failures[0];
}
