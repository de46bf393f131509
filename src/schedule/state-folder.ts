import os from 'node:os';
import path from 'node:path';
import type { Config } from '../config/settings/index.ts';
import type { EntryName } from './entries.ts';

/** Where scheduled runs keep what outlives them. */
export interface StateFolder {
  readonly dir: string;
  logFile(entry: EntryName): string;
  lockFile(entry: EntryName): string;
  heartbeatFile(entry: EntryName): string;
  /** What `schedule install` put where; absent when nothing is installed from here. */
  readonly installationFile: string;
}

/** The folder of the settings, or that of the user: `~/.local/state/scalectl`, `%LOCALAPPDATA%\scalectl\state`. */
export function findStateFolder(
  settings: Pick<Config['schedule'], 'stateDir' | 'name'>,
  environment: NodeJS.ProcessEnv,
): StateFolder {
  const dir = settings.stateDir ?? path.join(userStateFolder(environment), settings.name ?? 'site');
  return {
    dir,
    logFile: (entry) => path.join(dir, 'logs', `${entry}.log`),
    lockFile: (entry) => path.join(dir, 'locks', `${entry}.lock`),
    heartbeatFile: (entry) => path.join(dir, 'heartbeats', `${entry}.json`),
    installationFile: path.join(dir, 'installation.json'),
  };
}

function userStateFolder(environment: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32') {
    const local = environment['LOCALAPPDATA'] ?? path.join(os.homedir(), 'AppData', 'Local');
    return path.join(local, 'scalectl', 'state');
  }
  const state = environment['XDG_STATE_HOME'] || path.join(os.homedir(), '.local', 'state');
  return path.join(state, 'scalectl');
}
