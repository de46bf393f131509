import { mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { atEndOfFile } from './cleanups.ts';

/** An empty folder that goes at the end of the test file. Its name has a space in it, as real paths do. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'a folder-')));
  atEndOfFile(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
