import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeJobFiles } from '../../../src/sandbox/shop/job-files.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'job-files-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const now = new Date('2026-11-20T10:00:00Z');
const nowSeconds = now.getTime() / 1000;

async function readAll(from: string): Promise<Map<string, string>> {
  const names = (await readdir(from)).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(from, name), 'utf8')));
  return new Map(names.map((name, index) => [name, texts[index] ?? '']));
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

describe('job files', () => {
  it('are what the counts say, with all types and priorities', async () => {
    const target = path.join(folder, 'queue');
    const counts = await writeJobFiles({ folder: target, pending: 60, seed: 1, now });
    const files = [...(await readAll(target)).entries()];
    const jobs = files.map(([, text]) => parse(text)).filter((job) => job !== null);
    const having = (status: string): typeof jobs => jobs.filter((job) => job['status'] === status);
    const due = having('pending').filter((job) => Number(job['scheduled_at']) <= nowSeconds);
    expect(due).toHaveLength(counts.pending);
    expect(having('pending').length - due.length).toBe(counts.scheduled);
    expect(having('completed')).toHaveLength(counts.completed);
    expect(having('failed')).toHaveLength(counts.failed);
    expect(files.length - jobs.length).toBe(counts.torn + counts.notJson);
    expect(new Set(due.map((job) => job['type'])).size).toBe(6);
    expect(new Set(due.map((job) => job['priority']))).toEqual(new Set(['high', 'normal', 'low']));
    for (const [name, text] of files) {
      expect(name).toMatch(/^job_[0-9a-f]{13}\.\d{8}\.json$/);
      const job = parse(text);
      if (job !== null) expect(`${String(job['id'])}.json`).toBe(name);
    }
  });

  it('have one that is cut off and one that never was JSON', async () => {
    await writeJobFiles({ folder, pending: 1, seed: 2, now });
    const broken = [...(await readAll(folder)).values()].filter((text) => parse(text) === null);
    expect(broken.filter((text) => text.startsWith('{'))).toHaveLength(1);
    expect(broken.filter((text) => text.startsWith('<br />'))).toHaveLength(1);
  });

  it('are the same for the same seed and others for another', async () => {
    const write = async (name: string, seed: number): Promise<Map<string, string>> => {
      await writeJobFiles({ folder: path.join(folder, name), pending: 20, seed, now });
      return readAll(path.join(folder, name));
    };
    expect(await write('a', 3)).toEqual(await write('b', 3));
    expect(await write('c', 4)).not.toEqual(await readAll(path.join(folder, 'a')));
  });

  it('are not written into a folder that holds anything', async () => {
    await writeFile(path.join(folder, 'job_real.json'), '{}');
    await expect(writeJobFiles({ folder, pending: 1, seed: 1, now })).rejects.toMatchObject({
      code: 'refused',
    });
    expect(await readdir(folder)).toEqual(['job_real.json']);
  });
});
