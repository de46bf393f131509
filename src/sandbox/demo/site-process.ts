import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { open } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

import { ScalectlError } from '../../errors.ts';
import { childEnvironment } from '../../queue/handlers/child-environment.ts';
import { noteServer } from '../servers/folder.ts';
import { endProcess } from '../servers/processes.ts';
import type { Sandbox } from '../servers/sandbox.ts';

/** What the process of the site says when it is open. */
export interface SiteIsOpen {
  url: string;
}

/** What it is told to outlive the process that started it. */
export const keepMessage = 'keep';

export interface SiteProcess {
  readonly url: string;
  /** Lets it outlive this process. Without this it ends with it, whatever ends it. */
  keep(): Promise<void>;
  /** Ends it at once. */
  stop(): Promise<void>;
}

export interface SiteProcessOptions {
  /** Its process and its log belong to this folder. */
  sandbox: Sandbox;
  /** The script that opens the site of a configuration file. */
  script: string;
  configFile: string;
  signal: AbortSignal;
}

/** Pages need a database connection and no more; a slow machine may need a few seconds to start Node. */
const openTimeoutMs = 20_000;

/**
 * Opens the shop's web site in a process of its own: in this one it would share the event loop with the load
 * generator, which would then measure itself.
 */
export async function startSiteProcess(options: SiteProcessOptions): Promise<SiteProcess> {
  const { sandbox, script, configFile, signal } = options;
  signal.throwIfAborted();
  const log = await open(path.join(sandbox.folder, 'site.log'), 'a', 0o600);
  try {
    const child = spawn(process.execPath, [script, configFile], {
      cwd: sandbox.folder,
      // A group of its own: Ctrl-C in the terminal reaches scalectl alone, which ends it at the end.
      detached: process.platform !== 'win32',
      env: childEnvironment(process.env),
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
      windowsHide: true,
    });
    sandbox.serverPid = child.pid ?? null;
    child.once('exit', () => {
      if (sandbox.serverPid === child.pid) sandbox.serverPid = null;
    });
    const url = await whenOpen(child, signal);
    if (child.pid !== undefined) await noteServer(sandbox.folder, child.pid);
    child.unref();
    child.channel?.unref();
    return { url, keep: () => keep(child), stop: () => stop(sandbox) };
  } finally {
    await log.close();
  }
}

function whenOpen(child: ChildProcess, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const fail = (reason: string): void =>
      end(() =>
        reject(
          new ScalectlError('operation-failed', `The shop's web site did not open: ${reason}.`),
        ),
      );
    const onAbort = (): void => end(() => reject(signal.reason as Error));
    const timer = setTimeout(
      () => fail(`it did not answer within ${openTimeoutMs / 1000} s`),
      openTimeoutMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, by) => fail(`it ended with ${by ?? `exit code ${code}`}`));
    child.once('message', (message) => end(() => resolve((message as SiteIsOpen).url)));
  });
}

function keep(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.send(keepMessage, (error) => {
      if (error) {
        reject(error);
        return;
      }
      child.disconnect();
      resolve();
    });
  });
}

async function stop(sandbox: Sandbox): Promise<void> {
  if (sandbox.serverPid !== null) await endProcess(sandbox.serverPid, 'SIGKILL');
  sandbox.serverPid = null;
}
