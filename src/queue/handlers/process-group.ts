import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/** Between asking a handler to end and ending it. */
const killGraceMs = 2000;

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

/**
 * Asks a group to end, and ends it when that takes too long.
 * @param ended resolves with the end of its leader
 */
export async function endProcessGroup(pid: number, ended: Promise<unknown>): Promise<void> {
  signalProcessGroup(pid, 'SIGTERM');
  await Promise.race([ended, sleep(killGraceMs, undefined, { ref: false })]);
  // Also when the leader has ended: what it started may have ignored the first signal.
  signalProcessGroup(pid, 'SIGKILL');
}
