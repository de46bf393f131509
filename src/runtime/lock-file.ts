import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ScalectlError } from '../errors.ts';
import { identifyThisProcess, isProcessAlive } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What stands in a lock file. */
export interface LockOwner extends ProcessIdentity {
  /** One a taking: tells this hold of the lock from all others. */
  token: string;
  takenAt: string;
}

export interface LockFile extends AsyncDisposable {
  readonly owner: LockOwner;
  release(): Promise<void>;
}

/** The holder touches its file this often, for those who cannot see its process. */
const touchEveryMs = 15_000;

/** An owner that cannot be seen from here is taken for dead when its file was not touched for this long. */
const untouchedMs = 90_000;

/** How often a taker may meet other takers before it gives up. */
const mostAttempts = 8;

/**
 * Takes a lock that only one process can hold, without waiting. The file appears complete or not at all (hard link),
 * and disappears at the end of the process. A lock whose owner is gone is taken over: only who holds the lock of that
 * very token (a lock file of its own, beside it) may replace it, so two takers cannot both win, and one that dies in
 * between is itself taken over in the same way.
 * @throws ScalectlError `lock-held` naming the holder
 */
export async function acquireLockFile(file: string): Promise<LockFile> {
  await mkdir(path.dirname(file), { recursive: true });
  const owner: LockOwner = {
    ...identifyThisProcess(),
    token: randomUUID(),
    takenAt: new Date().toISOString(),
  };
  await take(file, owner, mostAttempts);
  return hold(file, owner);
}

/** Who holds the lock now; null when nobody does. */
export async function readLockOwner(file: string): Promise<LockOwner | null> {
  const found = await readLock(file);
  return found && !(await isAbandoned(file, found)) ? found : null;
}

async function take(file: string, owner: LockOwner, attempts: number): Promise<void> {
  if (await create(file, owner)) return;
  const found = await readLock(file);
  if (found === null && attempts > 0) return take(file, owner, attempts - 1);
  if (found === null || attempts === 0 || !(await isAbandoned(file, found))) {
    throw lockHeld(file, found);
  }
  const successor = `${file}.${found.token}`;
  await take(successor, owner, attempts - 1);
  try {
    // Another taker may have come and gone between our look and our right to replace.
    if ((await readLock(file))?.token !== found.token) return await take(file, owner, attempts - 1);
    await replace(file, owner);
  } finally {
    await rm(successor, { force: true });
  }
}

/** False when the file is there already. */
async function create(file: string, owner: LockOwner): Promise<boolean> {
  const draft = `${file}.${owner.token}.new`;
  await writeFile(draft, JSON.stringify(owner), { flag: 'wx', mode: 0o644 });
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // File systems without hard links (exFAT, some shares): exclusive creation, complete a moment later.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS' || code === 'EOPNOTSUPP') {
      return await createExclusively(file, owner);
    }
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function createExclusively(file: string, owner: LockOwner): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify(owner), { flag: 'wx', mode: 0o644 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function replace(file: string, owner: LockOwner): Promise<void> {
  const draft = `${file}.${owner.token}.new`;
  await writeFile(draft, JSON.stringify(owner), { mode: 0o644 });
  await rename(draft, file);
}

/** Null when there is no file. One that is torn has an owner that nobody can see. */
async function readLock(file: string): Promise<LockOwner | null> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return (
    parseOwner(content) ?? { machine: '', pid: 0, startedAt: null, token: 'torn', takenAt: '' }
  );
}

function parseOwner(content: string): LockOwner | null {
  try {
    const value = JSON.parse(content) as Partial<LockOwner> | null;
    const isOwner =
      typeof value?.pid === 'number' &&
      typeof value.machine === 'string' &&
      typeof value.token === 'string' &&
      /^[\w-]+$/.test(value.token);
    return isOwner ? (value as LockOwner) : null;
  } catch {
    return null;
  }
}

async function isAbandoned(file: string, owner: LockOwner): Promise<boolean> {
  const isAlive = isProcessAlive(owner);
  if (isAlive !== null) return !isAlive;
  try {
    return Date.now() - (await stat(file)).mtimeMs > untouchedMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function hold(file: string, owner: LockOwner): LockFile {
  const touch = (): void => {
    const now = new Date();
    // A lock that was taken away meanwhile has nothing to be touched; the run itself goes on.
    utimes(file, now, now).catch(() => undefined);
  };
  const timer = setInterval(touch, touchEveryMs).unref();
  const removeNow = (): void => {
    try {
      if (parseOwner(readFileSync(file, 'utf8'))?.token === owner.token) rmSync(file);
    } catch {
      // Gone already. What is left behind would be taken over: its owner is dead.
    }
  };
  process.once('exit', removeNow);
  const release = async (): Promise<void> => {
    clearInterval(timer);
    process.off('exit', removeNow);
    if ((await readLock(file))?.token === owner.token) await rm(file, { force: true });
  };
  return { owner, release, [Symbol.asyncDispose]: release };
}

function lockHeld(file: string, owner: LockOwner | null): ScalectlError {
  const who = owner?.pid ? `process ${owner.pid} since ${owner.takenAt}` : 'another process';
  return new ScalectlError('lock-held', `${who} holds the lock ${file}`, {
    hint: 'Wait for it to end, or end it.',
  });
}
