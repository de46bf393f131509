import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

/**
 * Names a process so that a later one with the same number is not taken for it. `startedAt` is the system's own mark
 * of the start (clock ticks since boot on Linux, a date elsewhere); null where the system does not tell (Windows).
 */
export interface ProcessIdentity {
  /** Where process numbers mean the same: host, boot and, on Linux, the namespace of process numbers. */
  machine: string;
  pid: number;
  startedAt: string | null;
}

export function identifyThisProcess(): ProcessIdentity {
  return identifyProcess(process.pid);
}

/** Another process of this machine, such as a child. */
export function identifyProcess(pid: number): ProcessIdentity {
  return { machine: machineName(), pid, startedAt: startOf(pid) };
}

/**
 * Whether the process is still there. Null when that cannot be told from here: it is of another machine or container,
 * or its number is in use and the system keeps no start times.
 */
export function isProcessAlive(identity: ProcessIdentity): boolean | null {
  if (identity.machine !== machineName()) return null;
  if (!hasProcess(identity.pid)) return false;
  const startedAt = startOf(identity.pid);
  if (startedAt === null || identity.startedAt === null) return null;
  return startedAt === identity.startedAt;
}

function machineName(): string {
  if (process.platform !== 'linux') return os.hostname();
  const boot = readOrEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const namespace = readOrEmpty(() => readlinkSync('/proc/self/ns/pid'));
  return [os.hostname(), boot, namespace].join(' ');
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to another account.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function startOf(pid: number): string | null {
  if (process.platform === 'win32') return null;
  if (process.platform === 'linux') {
    const stat = readOrEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
    // proc(5): field 22 is the start time; the command in field 2 may hold spaces and brackets itself.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  }
  const options = { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } } as const;
  return (
    readOrEmpty(() => execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim()) ||
    null
  );
}

/** A file or program that is not there tells nothing, and that is what the callers ask for. */
function readOrEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
