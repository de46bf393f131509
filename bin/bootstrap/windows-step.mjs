/** Windows' own node.exe, from the npm registry into the cache folder: it is no dependency of the project. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { setFolder } from '../../src/sandbox/program-cache.mjs';
import { StepFailure, say } from './failure.mjs';
import { run } from './run.mjs';
import { windowsNode } from './sets.mjs';

/** Fetched with npm's own check of the package's digest; nothing of it is executed here. */
export async function provideWindowsNode() {
  const { name, version, file } = windowsNode;
  const folder = setFolder(`${name}-${version}`);
  if (existsSync(path.join(folder, file))) {
    say(`Node ${version} for Windows is there`);
    return;
  }
  const partial = `${folder}.partial-${process.pid}-${Date.now()}`;
  mkdirSync(partial, { recursive: true });
  try {
    say(`fetching Node ${version} for Windows into ${folder}`);
    await step('npm', ['pack', `${name}@${version}`, '--silent'], partial);
    await step('tar', ['-xzf', `${name}-${version}.tgz`, '--strip-components=1'], partial);
    rmSync(path.join(partial, `${name}-${version}.tgz`));
    // Another bootstrap may have been faster: its copy is as good.
    if (!existsSync(folder)) renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
async function step(command, args, cwd) {
  const { exitCode, stderr } = await run(command, args, { cwd });
  if (exitCode === 0) return;
  throw new StepFailure(
    `${command} ${args[0]} failed: ${stderr.trim()}`,
    'Check that the npm registry can be reached, and run it again.',
  );
}
