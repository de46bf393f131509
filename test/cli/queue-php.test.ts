import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshDatabase } from '../support/database.ts';
import { findPhp } from '../support/php.ts';
import { isAlive } from '../support/queue-run.ts';
import { eventually } from '../support/queue/jobs.ts';
import { runScalectl, startScalectl } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const php = await findPhp();

/** A site with a PHP handler that notes its process; a run that has worked off one job and waits for more. */
async function watchingRun() {
  const test = await freshDatabase();
  const cwd = await temporaryFolder();
  const handlers = { note: { php: 'note.php' } };
  await writeFile(
    path.join(cwd, 'scalectl.config.json'),
    JSON.stringify({ queue: { php, handlers } }),
  );
  await writeFile(
    path.join(cwd, 'note.php'),
    '<?php return function () { file_put_contents("pid", getmypid()); };',
  );
  const options = { cwd, env: { SCALECTL_DB_URL: test.url } };
  await runScalectl(['queue', 'add', 'note'], options);
  const run = await startScalectl(['queue', 'process', '--watch'], options);
  const pid = await eventually(
    () => readFile(path.join(cwd, 'pid'), 'utf8').catch(() => ''),
    (text) => text !== '',
    20_000,
  );
  expect(isAlive(Number(pid))).toBe(true);
  return { run, pid: Number(pid) };
}

describe.skipIf(!php)('queue process with PHP handlers', () => {
  it.each(['SIGKILL', 'SIGINT'] as const)('leaves no PHP process behind at %s', async (signal) => {
    const { run, pid } = await watchingRun();
    run.kill(signal);
    await run.done;
    await eventually(
      () => Promise.resolve(isAlive(pid)),
      (alive) => !alive,
    );
  });
});
