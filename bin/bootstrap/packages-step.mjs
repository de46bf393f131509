/** npm packages and the built binary. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { StepFailure, say } from './failure.mjs';

/** @typedef {Record<string, { version?: string, optional?: boolean, devOptional?: boolean, peer?: boolean, link?: boolean }>} LockedPackages */

/**
 * `npm ci` when node_modules is missing or is not what package-lock.json says.
 * @param {string} root of the repository
 */
export function installPackages(root) {
  if (!existsSync(path.join(root, 'package-lock.json'))) {
    throw new StepFailure('package-lock.json is missing.', 'Restore it with git.');
  }
  if (matchesLock(root)) {
    say('npm packages are installed');
    return;
  }
  requireWritable(root);
  say('installing the npm packages (npm ci)');
  // Under `npm run` this is the npm that runs; its script works on Windows too, where npm is a .cmd file.
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
  const { status } = spawnSync(command, [...args, 'ci', '--no-progress', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: !npm && process.platform === 'win32',
  });
  if (status !== 0) {
    throw new StepFailure(
      `npm ci failed (exit code ${status ?? 'none'}).`,
      'Read its message above; a registry that cannot be reached is the usual cause. Then run this again.',
    );
  }
}

/** Builds dist/ when a source is newer. @param {string} root */
export function buildWhenStale(root) {
  const built = modifiedAt(path.join(root, 'dist/bin/scalectl.js'));
  const newest = Math.max(
    ...['bin', 'commands', 'src'].map((folder) => newestIn(path.join(root, folder))),
    modifiedAt(path.join(root, 'package.json')),
    modifiedAt(path.join(root, 'package-lock.json')),
  );
  if (built > newest) {
    say('dist is built');
    return;
  }
  requireWritable(root);
  const { status } = spawnSync(process.execPath, [path.join(root, 'bin/build.mjs')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) {
    throw new StepFailure('The build failed.', 'Read its message above, and correct the source.');
  }
}

/** @param {string} root */
function requireWritable(root) {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    throw new StepFailure(
      `This user may not write into ${root}.`,
      'Clone the repository into a folder of your own, or run this as its owner.',
    );
  }
}

/**
 * npm notes in node_modules what it installed: every package of the lock file must be there in its version,
 * but for those that are only for other platforms.
 * @param {string} root
 */
function matchesLock(root) {
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  const there = readPackages(path.join(root, 'node_modules/.package-lock.json'));
  if (!wanted || !there) return false;
  return Object.entries(wanted).every(([folder, entry]) => {
    if (folder === '' || entry.link) return true;
    const installed = there[folder];
    if (installed) return installed.version === entry.version;
    return entry.optional === true || entry.devOptional === true || entry.peer === true;
  });
}

/**
 * @param {string} file
 * @returns {LockedPackages | null}
 */
function readPackages(file) {
  try {
    /** @type {unknown} */
    const lock = JSON.parse(readFileSync(file, 'utf8'));
    return /** @type {{ packages?: LockedPackages }} */ (lock).packages ?? null;
  } catch {
    // Missing or torn: npm ci makes it anew.
    return null;
  }
}

/**
 * The latest change of a file or folder below `folder`; a folder's own time tells of removed files.
 * @param {string} folder
 * @returns {number} milliseconds
 */
function newestIn(folder) {
  let newest = modifiedAt(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestIn(file) : modifiedAt(file));
  }
  return newest;
}

/** @param {string} file */
function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
