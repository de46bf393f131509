import { opendir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { ScalectlError } from '../../../errors.ts';

export interface PhpFiles {
  /** From the folder on, with slashes, in order. */
  readonly files: readonly string[];
  /** What was not read, and why. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

/** A PHP file of this size is data or generated; the parser would take seconds and hundreds of megabytes for it. */
const largestFileBytes = 2 * 1024 * 1024;
const otherPeoples = new Set(['vendor', 'node_modules', '.git', '.svn']);
/** More than the largest platforms have; a scan of `/` ends here. */
const mostFiles = 20_000;

/**
 * Lists the PHP files below a folder, without vendor/ and node_modules. A folder that is reached twice, as by a
 * symbolic link, is read once.
 * @throws ScalectlError `input-invalid` when there is no such folder
 */
export async function listPhpFiles(folder: string, signal: AbortSignal): Promise<PhpFiles> {
  const files: string[] = [];
  const skipped: { file: string; reason: string }[] = [];
  const seen = new Set<string>();
  const walk = async (below: string): Promise<void> => {
    signal.throwIfAborted();
    const real = await realpath(path.join(folder, below));
    if (seen.has(real)) return;
    seen.add(real);
    for await (const entry of await opendir(real)) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      const isPhp = /\.(php|inc|phtml)$/i.test(entry.name);
      if (entry.isDirectory() ? otherPeoples.has(entry.name) : !isPhp && !entry.isSymbolicLink()) {
        continue;
      }
      try {
        const { size, ...kind } = await statOf(path.join(folder, name));
        if (kind.isDirectory && !otherPeoples.has(entry.name)) await walk(name);
        else if (!kind.isFile || !isPhp) continue;
        else if (size > largestFileBytes) {
          skipped.push({ file: name, reason: 'it is larger than 2 MB' });
        } else if (files.length >= mostFiles) {
          throw new ScalectlError('input-invalid', `${folder} holds more than 20,000 PHP files`, {
            hint: 'Name the folder of the platform itself with --scan DIR.',
          });
        } else files.push(name);
      } catch (error) {
        if (error instanceof ScalectlError || signal.aborted) throw error;
        skipped.push({ file: name, reason: messageOf(error) });
      }
    }
  };
  try {
    await walk('');
  } catch (error) {
    if (error instanceof ScalectlError || signal.aborted) throw error;
    throw new ScalectlError('input-invalid', `cannot scan ${folder}: ${messageOf(error)}`, {
      hint: '--scan names the folder of the PHP platform.',
      cause: error,
    });
  }
  return { files: files.sort(), skipped };
}

async function statOf(
  file: string,
): Promise<{ size: number; isDirectory: boolean; isFile: boolean }> {
  const found = await stat(file);
  return { size: found.size, isDirectory: found.isDirectory(), isFile: found.isFile() };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
