import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { acquireLockFile, readLockOwner } from '../../../src/runtime/lock-file.ts';
import { identifyThisProcess, isProcessAlive } from '../../../src/runtime/process-identity.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The number of a process that has just ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

async function abandonedLock(owner: object = {}): Promise<string> {
  const file = path.join(await temporaryFolder(), 'x.lock');
  const base = { ...identifyThisProcess(), token: 'old-token', takenAt: '2026-01-01T00:00:00Z' };
  await writeFile(file, JSON.stringify({ ...base, pid: await deadPid(), ...owner }));
  return file;
}

const isTaken = expect.objectContaining({ code: 'lock-held', exitCode: 75 }) as unknown;

describe('a lock file', () => {
  it('can be held by one only, and again after its release', async () => {
    const file = path.join(await temporaryFolder(), 'locks', 'x.lock');
    const first = await acquireLockFile(file);
    await expect(acquireLockFile(file)).rejects.toEqual(isTaken);
    await expect(acquireLockFile(file)).rejects.toThrow(`process ${process.pid} since`);
    expect((await readLockOwner(file))?.pid).toBe(process.pid);
    await first.release();
    expect(await readLockOwner(file)).toBeNull();
    await (await acquireLockFile(file)).release();
    expect(await readdir(path.dirname(file))).toEqual([]);
  });

  it('is released at the end of its block', async () => {
    const file = path.join(await temporaryFolder(), 'x.lock');
    {
      await using lock = await acquireLockFile(file);
      expect(lock.owner.pid).toBe(process.pid);
    }
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('of a process that is gone is taken over', async () => {
    const file = await abandonedLock();
    expect(await readLockOwner(file)).toBeNull();
    await using lock = await acquireLockFile(file);
    expect((await readLockOwner(file))?.token).toBe(lock.owner.token);
    expect(await readdir(path.dirname(file))).toEqual(['x.lock']);
  });

  it.skipIf(process.platform === 'win32')(
    'of a process whose number another one has now is taken over',
    async () => {
      const file = await abandonedLock({ pid: process.pid, startedAt: 'before' });
      await using lock = await acquireLockFile(file);
      expect(lock.owner.startedAt).not.toBe('before');
    },
  );

  it('of another machine is held while it is touched, and taken over when it is not', async () => {
    const file = await abandonedLock({ machine: 'elsewhere' });
    await expect(acquireLockFile(file)).rejects.toEqual(isTaken);
    const past = new Date(Date.now() - 100_000);
    await utimes(file, past, past);
    await (await acquireLockFile(file)).release();
  });

  it('that is torn counts as held until nobody can be writing it any more', async () => {
    const file = path.join(await temporaryFolder(), 'x.lock');
    await writeFile(file, '{"pid":');
    await expect(acquireLockFile(file)).rejects.toEqual(isTaken);
    const past = new Date(Date.now() - 100_000);
    await utimes(file, past, past);
    await (await acquireLockFile(file)).release();
  });

  it('is taken over also when a taker died in the middle of it', async () => {
    const file = await abandonedLock();
    const taker = {
      ...JSON.parse(await readFile(file, 'utf8')),
      token: 'taker',
      pid: await deadPid(),
    } as object;
    await writeFile(`${file}.old-token`, JSON.stringify(taker));
    await using lock = await acquireLockFile(file);
    expect((await readLockOwner(file))?.token).toBe(lock.owner.token);
  });

  it('is not removed by a holder that lost it', async () => {
    const file = path.join(await temporaryFolder(), 'x.lock');
    const lock = await acquireLockFile(file);
    const other = { ...lock.owner, token: 'other' };
    await writeFile(file, JSON.stringify(other));
    await lock.release();
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(other);
  });

  it('goes to exactly one of many who take over the same abandoned one', async () => {
    for (let round = 0; round < 20; round++) {
      const file = await abandonedLock();
      const attempts = await Promise.allSettled(
        Array.from({ length: 12 }, () => acquireLockFile(file)),
      );
      const winners = attempts.filter((attempt) => attempt.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      const [winner] = winners;
      expect((await readLockOwner(file))?.token).toBe(winner?.value.owner.token);
      await winner?.value.release();
      expect(await readdir(path.dirname(file))).toEqual([]);
    }
  });
});

describe('a process', () => {
  it('is alive while it runs and not afterwards', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
    const identity = { ...identifyThisProcess(), pid: child.pid ?? 0, startedAt: 'x' };
    expect(isProcessAlive(identifyThisProcess())).not.toBe(false);
    expect(isProcessAlive(identity)).not.toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isProcessAlive(identity)).toBe(false);
  });
});
