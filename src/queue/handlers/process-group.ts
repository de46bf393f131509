import { spawnSync } from 'node:child_process';
import process from 'node:process';

/** Groups that must not outlive this process. */
const living = new Set<number>();
let isWatching = false;

/** Ends the group with this process, however it ends (not by kill -9). */
export function watchProcessGroup(pid: number): void {
  living.add(pid);
  if (isWatching) return;
  isWatching = true;
  // Before other listeners: what a handler writes into must not be removed under it.
  process.prependListener('exit', () => {
    for (const group of living) signalProcessGroup(group, 'SIGKILL');
  });
}

export function forgetProcessGroup(pid: number): void {
  living.delete(pid);
}

/**
 * Signals a child that leads a group, and everything that it started. Windows knows no groups and no signals:
 * taskkill ends the tree of processes at once.
 * @returns false when nothing of it is there any more
 */
export function signalProcessGroup(pid: number, signal: NodeJS.Signals): boolean {
  if (process.platform === 'win32') {
    return (
      spawnSync('taskkill', ['/PID', String(pid), '/T', '/F'], { windowsHide: true }).status === 0
    );
  }
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    // EPERM (macOS): only zombies of it are left.
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
}
