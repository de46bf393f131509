import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, constants, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findDoubts } from '../../config/check.ts';
import { failed, skipped, works } from '../part.ts';
import type { Part, Proof } from '../part.ts';

/** Read by every run, written by init alone: that it cannot be written is no failure. */
export const configFile: Part = {
  id: 'config-file',
  area: 'files',
  prove: async ({ loaded }) => {
    const { file } = loaded;
    if (file === null) return skipped('there is no configuration file', { next: 'scalectl init' });
    const doubt = findDoubts(loaded).find((text) => text.startsWith(file));
    if (doubt !== undefined) return failed(doubt, `chmod 600 ${file}`);
    const denied = await whyNotWritable(path.dirname(file));
    if (denied === null) return works(`${file} is read, and its folder can be written`);
    return skipped(`${file} is read; this account cannot change it: ${denied}`);
  },
};

export const stateFolder: Part = {
  id: 'state-folder',
  area: 'files',
  prove: ({ site }) => proveFolder(site.state.dir, 'locks and heartbeats of scheduled runs'),
};

export const logFolder: Part = {
  id: 'log-folder',
  area: 'files',
  prove: ({ site }) =>
    proveFolder(path.dirname(site.state.logFile('health')), 'logs of scheduled runs'),
};

async function proveFolder(folder: string, purpose: string): Promise<Proof> {
  const there = nearestFolder(folder);
  const denied = await whyNotWritable(there);
  if (denied !== null) {
    const advice = 'Set schedule.stateDir to a folder of this account.';
    return failed(`${there} cannot be written: ${denied}`, advice);
  }
  return works(
    there === folder
      ? `${folder} takes the ${purpose}`
      : `${folder} can be made at the first run, for the ${purpose}`,
  );
}

function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(path.dirname(folder));
}

/** A file is written and removed again. Null when that worked. */
async function whyNotWritable(folder: string): Promise<string | null> {
  const probe = path.join(folder, `.scalectl-doctor-${randomBytes(6).toString('hex')}`);
  try {
    await access(folder, constants.X_OK);
    await writeFile(probe, 'a probe of scalectl doctor\n', { flag: 'wx', mode: 0o600 });
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      EACCES: 'this account may not write there',
      EPERM: 'this account may not write there',
      EROFS: 'the file system is read-only',
      ENOSPC: 'the disk is full',
      EDQUOT: 'the quota of this account is used up',
      ENOTDIR: 'it is no folder',
    };
    return reasons[code ?? ''] ?? message;
  } finally {
    await rm(probe, { force: true });
  }
}
