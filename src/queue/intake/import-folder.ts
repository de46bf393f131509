import { lstat, readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { ScalectlError } from '../../errors.ts';
import type { ImportedJob, QueueStore } from '../store.ts';
import { readJobFile } from './job-file.ts';

export interface ImportOptions {
  store: QueueStore;
  folder: string;
  dataBytes: number;
  /** Each file that is in the queue gets `.imported` at its name. */
  isRenaming: boolean;
  /** Only reads and counts; nothing is told apart that only the store knows. */
  isDryRun: boolean;
  signal?: AbortSignal;
  onProgress?: (files: number) => void;
}

export interface ImportResult {
  imported: number;
  alreadyImported: number;
  corrupt: { file: string; reason: string }[];
}

const filesAtOnce = 200;
/** What stands around the data in a job file: id, times, an error. */
const otherBytes = 256 * 1024;

/**
 * Puts the jobs of a folder of the platform's queue into the store, each exactly once however often and wherever this
 * is interrupted and run again. Files that are no jobs stay where they are and are named.
 * @throws ScalectlError `input-invalid` when there is no such folder
 */
export async function importFolder(options: ImportOptions): Promise<ImportResult> {
  const { store, folder, signal } = options;
  const names = await listJobFiles(folder);
  const result: ImportResult = { imported: 0, alreadyImported: 0, corrupt: [] };
  for (let at = 0; at < names.length; at += filesAtOnce) {
    if (signal?.aborted) {
      throw new ScalectlError('interrupted', `stopped after ${at} of ${names.length} files`, {
        hint: 'Run it again: what is in the queue already is not taken twice.',
      });
    }
    const portion = names.slice(at, at + filesAtOnce);
    const { jobs, files } = await readPortion(options, portion, result);
    if (options.isDryRun) result.imported += jobs.length;
    else if (jobs.length > 0) {
      const { imported, alreadyImported } = await store.import(jobs);
      result.imported += imported;
      result.alreadyImported += alreadyImported;
      if (options.isRenaming) await markImported(folder, files);
    }
    options.onProgress?.(at + portion.length);
  }
  return result;
}

async function listJobFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unreadable(folder, error);
    throw new ScalectlError('input-invalid', `there is no folder ${folder}`, {
      hint: 'Name the queue folder of the platform.',
      cause: error,
    });
  }
}

async function readPortion(
  options: ImportOptions,
  names: readonly string[],
  result: ImportResult,
): Promise<{ jobs: ImportedJob[]; files: string[] }> {
  const jobs: ImportedJob[] = [];
  const files: string[] = [];
  for (const name of names) {
    const read = await readFileOf(path.join(options.folder, name), options.dataBytes);
    // The old processor took it away in the meantime.
    if (read === null) continue;
    if ('reason' in read) result.corrupt.push({ file: name, reason: read.reason });
    else {
      jobs.push(read.job);
      files.push(name);
    }
  }
  return { jobs, files };
}

async function readFileOf(
  file: string,
  dataBytes: number,
): Promise<{ job: ImportedJob } | { reason: string } | null> {
  try {
    const facts = await lstat(file);
    // A link could lead to any file of the machine, and its contents would end up in a report.
    if (!facts.isFile()) return { reason: 'it is not a regular file' };
    if (facts.size > dataBytes + otherBytes) {
      return { reason: `it has ${facts.size} bytes; queue.maxDataSize is ${dataBytes}` };
    }
    return readJobFile(await readFile(file), { dataBytes });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code === 'EACCES' || code === 'EPERM') return { reason: 'it may not be read' };
    throw unreadable(file, error);
  }
}

async function markImported(folder: string, files: readonly string[]): Promise<void> {
  for (const name of files) {
    const file = path.join(folder, name);
    try {
      await rename(file, `${file}.imported`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(file, error);
    }
  }
}

function unreadable(file: string, error: unknown): ScalectlError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new ScalectlError('operation-failed', `${file}: ${code ?? message}`, { cause: error });
}
