import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ScalectlError } from '../errors.ts';
import type { ScheduledFile } from './target.ts';

/** Writes rendered files into a folder, which is made when it is not there. Returns their paths. */
export async function writeFiles(
  folder: string,
  files: readonly ScheduledFile[],
): Promise<string[]> {
  const written: string[] = [];
  try {
    await mkdir(folder, { recursive: true });
    for (const { name, content } of files) {
      const file = path.resolve(folder, name);
      await writeFile(file, content);
      written.push(file);
    }
  } catch (error) {
    throw new ScalectlError(
      'operation-failed',
      `cannot write into ${folder}: ${(error as Error).message}`,
      {
        hint: 'Name another folder with --out.',
        cause: error,
      },
    );
  }
  return written;
}
