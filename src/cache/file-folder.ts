import { opendir, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { FolderClearing, FolderSurvey } from './driver.ts';
import { protectedKind, readEntryFile } from './file-entry.ts';
import type { EntryFile } from './file-entry.ts';
import { fileFailure } from './file-errors.ts';

const entryName = /^[0-9a-f]{32}\.cache$/;
const mostExamples = 10;

/** Reads every entry of the folder, one after the other; memory does not grow with their number. */
export async function surveyFolder(
  folder: string,
  nowMs: number,
  signal?: AbortSignal,
): Promise<FolderSurvey> {
  const survey: FolderSurvey = {
    live: 0,
    expired: 0,
    torn: 0,
    protected: 0,
    foreign: 0,
    liveBytes: 0,
    expiredBytes: 0,
    tornExamples: [],
  };
  for await (const { name } of await opendir(folder)) {
    if (signal?.aborted) break;
    if (entryName.test(name)) await addFile(survey, folder, name, nowMs);
    else survey.foreign++;
  }
  return survey;
}

async function addFile(
  survey: FolderSurvey,
  folder: string,
  name: string,
  nowMs: number,
): Promise<void> {
  const read = await readOrExplain(path.join(folder, name));
  if (read.state === 'foreign') survey.foreign++;
  else if (read.state === 'torn') {
    survey.torn++;
    if (survey.tornExamples.length < mostExamples) {
      survey.tornExamples.push({ file: name, reason: read.reason });
    }
  } else if (read.state === 'entry') {
    const { expiresAt, sizeBytes, value } = read.entry;
    if (protectedKind(value) !== null) survey.protected++;
    if (expiresAt !== null && expiresAt <= nowMs) {
      survey.expired++;
      survey.expiredBytes += sizeBytes;
    } else {
      survey.live++;
      survey.liveBytes += sizeBytes;
    }
  }
}

/** Removes entries, torn ones too. What is a rate limit or a job by its value stays, and whatever is no entry. */
export async function clearFolder(
  folder: string,
  { isDryRun, signal }: { isDryRun: boolean; signal?: AbortSignal },
): Promise<FolderClearing> {
  const kept = { 'rate limit': 0, job: 0 };
  let removed = 0;
  for await (const { name } of await opendir(folder)) {
    if (signal?.aborted) break;
    if (!entryName.test(name)) continue;
    const file = path.join(folder, name);
    const read = await readOrExplain(file);
    if (read.state === 'foreign' || read.state === 'missing') continue;
    const kind = read.state === 'entry' ? protectedKind(read.entry.value) : null;
    if (kind !== null) kept[kind]++;
    else if (isDryRun || (await removeFile(file))) removed++;
  }
  return {
    removed,
    kept: (['rate limit', 'job'] as const)
      .filter((kind) => kept[kind] > 0)
      .map((kind) => ({ kind, entries: kept[kind] })),
    isPartial: signal?.aborted === true,
  };
}

async function readOrExplain(file: string): Promise<EntryFile> {
  try {
    return await readEntryFile(file);
  } catch (error) {
    throw fileFailure(error, file);
  }
}

/** False when the platform was faster. */
async function removeFile(file: string): Promise<boolean> {
  try {
    await unlink(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw fileFailure(error, file);
  }
}
