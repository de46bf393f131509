import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { importFolder } from '../../src/queue/intake/import-folder.ts';
import type { ImportOptions, ImportResult } from '../../src/queue/intake/import-folder.ts';
import { writeJobFiles } from '../../src/sandbox/shop/job-files.ts';
import { bundleProgram, startProgram } from '../support/queue-child.ts';
import { openQueue } from '../support/queue.ts';
import type { OpenQueue } from '../support/queue.ts';
import { inProcess, runOptions } from '../support/queue-run.ts';
import { processQueue } from '../../src/queue/worker/process-queue.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let queue: OpenQueue;
let program: string;

beforeAll(async () => {
  queue = await openQueue();
  program = await bundleProgram('import-jobs', await temporaryFolder());
});
beforeEach(() => queue.empty());
afterAll(() => queue.close());

function importFrom(folder: string, more: Partial<ImportOptions> = {}): Promise<ImportResult> {
  return importFolder({
    store: queue.store,
    folder,
    dataBytes: 1024 ** 2,
    isRenaming: false,
    isDryRun: false,
    ...more,
  });
}

/** The platform's folder: so many pending jobs, and 4 scheduled, 6 completed, 3 failed, 1 torn, 1 not JSON. */
async function platformFolder(pending: number): Promise<string> {
  const folder = path.join(await temporaryFolder(), 'queue');
  await writeJobFiles({ folder, pending, seed: 7, now: new Date('2026-11-20T10:00:00Z') });
  return folder;
}

interface JobFile {
  id: string;
  data: unknown;
  status: string;
}

async function readJobs(folder: string): Promise<Map<string, JobFile>> {
  const jobs = new Map<string, JobFile>();
  for (const name of await readdir(folder)) {
    const text = await readFile(path.join(folder, name), 'utf8');
    try {
      const job = JSON.parse(text) as JobFile;
      jobs.set(job.id, job);
    } catch {
      // Those that are torn or no JSON.
    }
  }
  return jobs;
}

/** Names, contents and times of all files. */
async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder)).sort()) {
    hash.update(name).update(await readFile(path.join(folder, name)));
  }
  return hash.digest('hex');
}

interface ImportRow {
  file_id: string;
  data: string;
}

async function importedRows(): Promise<ImportRow[]> {
  return queue.test.query<ImportRow>(
    'SELECT i.file_id, j.data FROM scalectl_queue_imports i JOIN scalectl_queue_jobs j ON j.id = i.job_id',
  );
}

async function expectEachOnce(folder: string): Promise<void> {
  const files = await readJobs(folder);
  const rows = await importedRows();
  expect(rows.map((row) => row.file_id).sort()).toEqual([...files.keys()].sort());
  for (const row of rows) expect(JSON.parse(row.data)).toEqual(files.get(row.file_id)?.data);
  expect((await queue.store.stats()).total).toBe(files.size);
}

describe("importing the platform's queue folder", () => {
  it('takes each job once, keeps its status and names the files that are none', async () => {
    const folder = await platformFolder(40);
    const before = await fingerprint(folder);
    const result = await importFrom(folder);
    expect(result).toMatchObject({ imported: 53, alreadyImported: 0 });
    expect(result.corrupt.map(({ reason }) => reason).sort()).toEqual([
      'it is not JSON',
      'it is torn: the JSON breaks off',
    ]);
    expect(await queue.store.stats()).toMatchObject({ completed: 6, failed: 3, total: 53 });
    await expectEachOnce(folder);
    expect(await importFrom(folder)).toMatchObject({ imported: 0, alreadyImported: 53 });
    expect((await queue.store.stats()).total).toBe(53);
    expect(await fingerprint(folder)).toBe(before);
  });

  it('takes no job again that was run or rewritten since', async () => {
    const folder = await platformFolder(10);
    await importFrom(folder);
    const run = await processQueue(
      runOptions(
        queue.store,
        inProcess(() => ({ kind: 'done', result: null })),
      ),
    );
    expect(run.completed).toBeGreaterThanOrEqual(10);
    await queue.store.purge({ status: 'completed', olderThanMs: 0 });
    for (const name of await readdir(folder)) {
      const file = path.join(folder, name);
      const text = (await readFile(file, 'utf8')).replace('"pending"', '"completed"');
      await writeFile(file, text.replace('"attempts": 0', '"attempts": 1'));
    }
    expect(await importFrom(folder)).toMatchObject({ imported: 0, alreadyImported: 23 });
  });

  it('puts .imported at the names of what is in the queue, when asked, and of nothing else', async () => {
    const folder = await platformFolder(10);
    const result = await importFrom(folder, { isRenaming: true });
    const names = await readdir(folder);
    expect(names.filter((name) => name.endsWith('.json.imported'))).toHaveLength(23);
    expect(names.filter((name) => name.endsWith('.json')).sort()).toEqual(
      result.corrupt.map(({ file }) => file).sort(),
    );
    expect(await importFrom(folder)).toMatchObject({ imported: 0, alreadyImported: 0 });
  });

  it('only counts when it is a dry run', async () => {
    const folder = await platformFolder(5);
    const before = await fingerprint(folder);
    const result = await importFrom(folder, { isDryRun: true, isRenaming: true });
    expect(result).toMatchObject({ imported: 18, alreadyImported: 0 });
    expect(result.corrupt).toHaveLength(2);
    expect((await queue.store.stats()).total).toBe(0);
    expect(await fingerprint(folder)).toBe(before);
  });

  it('follows no link, enters no folder and takes no file that is too large', async () => {
    const folder = await platformFolder(1);
    const other = await temporaryFolder();
    await writeFile(path.join(other, 'secret.json'), '{}');
    await symlink(path.join(other, 'secret.json'), path.join(folder, 'a.json'));
    await mkdir(path.join(folder, 'b.json'));
    await writeFile(path.join(folder, 'c.json'), 'x'.repeat(2_000_000));
    await writeFile(path.join(folder, 'notes.txt'), 'x');
    await utimes(path.join(folder, 'notes.txt'), 1, 1);
    const { corrupt, imported } = await importFrom(folder);
    expect(imported).toBe(14);
    expect(corrupt.filter(({ file }) => /^[abc]\.json$/.test(file))).toEqual([
      { file: 'a.json', reason: 'it is not a regular file' },
      { file: 'b.json', reason: 'it is not a regular file' },
      { file: 'c.json', reason: 'it has 2000000 bytes; queue.maxDataSize is 1048576' },
    ]);
  });

  it('says that there is no such folder', async () => {
    await expect(importFrom('/no/such/folder')).rejects.toMatchObject({
      code: 'input-invalid',
      message: 'there is no folder /no/such/folder',
    });
  });
});

describe('an import that is stopped in the middle', () => {
  it('goes on where it was when it is run again', async () => {
    const folder = await platformFolder(500);
    const stop = new AbortController();
    const stopped = importFrom(folder, {
      signal: stop.signal,
      onProgress: (files) => {
        if (files >= 200) stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({
      code: 'interrupted',
      message: 'stopped after 200 of 515 files',
    });
    const again = await importFrom(folder);
    expect(again.imported + again.alreadyImported).toBe(513);
    expect(again.alreadyImported).toBeGreaterThan(150);
    await expectEachOnce(folder);
  });

  it('loses nothing and doubles nothing by kill -9', async () => {
    const folder = await platformFolder(400);
    const files = await readJobs(folder);
    const options = { url: queue.test.url, folder, isRenaming: true };
    const child = startProgram(program, options, () => child.kill());
    expect((await child.ended).signal).toBe('SIGKILL');
    expect((await queue.store.stats()).total).toBeGreaterThan(0);
    const again = await importFrom(folder, { isRenaming: true });
    expect(again.imported).toBeGreaterThan(0);
    const rows = await importedRows();
    expect(rows.map((row) => row.file_id).sort()).toEqual([...files.keys()].sort());
    expect((await queue.store.stats()).total).toBe(413);
  });
});
