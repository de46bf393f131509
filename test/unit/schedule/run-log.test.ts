import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRunLog } from '../../../src/schedule/run-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const dayMs = 86_400_000;
const limits = { maxSizeBytes: 1000, retentionMs: 30 * dayMs };
const now = new Date();

async function logFile(): Promise<string> {
  return path.join(await temporaryFolder(), 'logs', 'health.log');
}

async function writeOnce(file: string, text: string, at = now): Promise<void> {
  const log = await openRunLog(file, limits, at);
  log.note('begins');
  log.write(Buffer.from(text));
  await log.close();
}

describe('the log of an entry', () => {
  it('is appended to, each run with its time', async () => {
    const file = await logFile();
    await writeOnce(file, 'one\n');
    await writeOnce(file, 'two\n');
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
    expect(await readFile(file, 'utf8')).toMatch(
      new RegExp(`^${time} scalectl begins\none\n${time} scalectl begins\ntwo\n$`),
    );
  });

  it('begins anew when it is full', async () => {
    const file = await logFile();
    await writeOnce(file, 'x'.repeat(999));
    await writeOnce(file, 'new\n');
    expect(await readFile(file, 'utf8')).toMatch(/begins\nnew\n$/);
    const names = await readdir(path.dirname(file));
    expect(names).toEqual([expect.stringMatching(/^health-\d{8}T\d{6}Z\.log$/), 'health.log']);
  });

  it('begins anew when its first line is older than the retention', async () => {
    const file = await logFile();
    await writeOnce(file, 'old\n');
    await writeOnce(file, 'new\n', new Date(now.getTime() + 31 * dayMs));
    expect(await readFile(file, 'utf8')).not.toContain('old');
  });

  it('deletes what was rotated and has passed the retention, and nothing else', async () => {
    const file = await logFile();
    await writeOnce(file, 'x\n');
    const folder = path.dirname(file);
    const old = new Date(now.getTime() - 31 * dayMs);
    const names = ['health-20260101T000000Z.log', 'health-notes.log', 'queue-20260101T000000Z.log'];
    for (const name of [...names, 'health-20260202T000000Z.log']) {
      await writeFile(path.join(folder, name), '');
      if (names.includes(name)) await utimes(path.join(folder, name), old, old);
    }
    await writeOnce(file, 'y\n');
    expect((await readdir(folder)).sort()).toEqual([
      'health-20260202T000000Z.log',
      'health-notes.log',
      'health.log',
      'queue-20260101T000000Z.log',
    ]);
  });

  it('cuts the output of a run that writes more than one log may hold, and says so', async () => {
    const file = await logFile();
    await writeOnce(file, 'x'.repeat(5000));
    const text = await readFile(file, 'utf8');
    expect(text.match(/x/g)?.length).toBeLessThanOrEqual(1001);
    expect(text).toMatch(/the rest of this run's output is left out: schedule\.log\.maxSize/);
  });
});
