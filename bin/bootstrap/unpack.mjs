/** Makes a set: packages fetched and unpacked, not installed, into the user's cache folder. */
import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { setFolder, setLayout } from '../../src/sandbox/program-cache.mjs';
import {
  download,
  freshWorld,
  machineWorld,
  selfContainedWorld,
  simulateInstall,
  suiteWorld,
  updateLists,
} from './apt.mjs';
import { StepFailure, say } from './failure.mjs';
import { run } from './run.mjs';

/** @typedef {import('./apt.mjs').PackageWorld} PackageWorld */
/** @typedef {import('./apt.mjs').Package} Package */
/** @typedef {import('./sets.mjs').SetPlan} SetPlan */

/** What a run left that ended half-way is removed after this long. */
const abandonedMs = 3600_000;

/**
 * Unpacks a set and renames it into place when `works` says so. First with the machine's own libraries and
 * only what is not installed; if that does not run, with every library of its own.
 * @param {SetPlan} plan
 * @param {(folder: string) => Promise<boolean>} works whether the programs of a set folder run
 */
export async function unpackSet(plan, works) {
  removeAbandoned(path.dirname(setFolder(plan.name)));
  const { suite } = plan;
  /** @type {{ open: () => PackageWorld, ownLibc: boolean }[]} */
  const ways = suite
    ? [{ open: () => suiteWorld(suite), ownLibc: true }]
    : [
        { open: machineWorld, ownLibc: false },
        { open: freshWorld, ownLibc: false },
        { open: selfContainedWorld, ownLibc: true },
      ];
  let problem = '';
  for (const { open, ownLibc } of ways) {
    const outcome = await tryWay(plan, open(), ownLibc, works);
    if (outcome === null) return;
    problem = outcome;
  }
  throw new StepFailure(
    `${plan.label} could not be unpacked: ${problem}`,
    suite
      ? `See what ${suite} has now with \`apt-cache policy\`, and correct bin/bootstrap/sets.mjs.`
      : 'Check that the package mirror in /etc/apt can be reached, and run it again.',
  );
}

/**
 * @param {SetPlan} plan
 * @param {PackageWorld} world
 * @param {boolean} ownLibc
 * @param {(folder: string) => Promise<boolean>} works
 * @returns {Promise<string | null>} what failed
 */
async function tryWay(plan, world, ownLibc, works) {
  await updateLists(world);
  const found = await choosePackages(plan, world);
  if ('failure' in found) return found.failure;
  const packages = ownLibc ? found.packages : found.packages.filter((p) => !p.installed);
  if (packages.length === 0) return 'its packages are installed already, and do not run';
  const partial = `${setFolder(plan.name)}.partial-${process.pid}-${Date.now()}`;
  try {
    say(`unpacking ${plan.label} (${packages.length} packages) into ${setFolder(plan.name)}`);
    const failure = await fill(partial, { plan, world, packages, ownLibc });
    if (failure !== null) return failure;
    if (!(await works(partial))) return 'the unpacked program does not run here';
    replaceFolder(partial, setFolder(plan.name));
    return null;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/**
 * @param {SetPlan} plan
 * @param {PackageWorld} world
 */
async function choosePackages(plan, world) {
  let failure = '';
  for (const names of plan.choices) {
    const found = await simulateInstall(world, names);
    if ('packages' in found) return found;
    failure = failure || found.failure;
  }
  return { failure };
}

/**
 * @param {string} folder
 * @param {{ plan: SetPlan, world: PackageWorld, packages: Package[], ownLibc: boolean }} content
 * @returns {Promise<string | null>} what failed
 */
async function fill(folder, { plan, world, packages, ownLibc }) {
  const archives = path.join(folder, 'archives');
  const root = path.join(folder, 'root');
  mkdirSync(archives, { recursive: true });
  mkdirSync(root);
  const failure = await download(world, packages, archives);
  if (failure !== null) return failure;
  for (const archive of readdirSync(archives).sort()) {
    const { exitCode, stderr } = await run('dpkg-deb', ['-x', path.join(archives, archive), root]);
    if (exitCode !== 0) return `${archive}: ${stderr.trim()}`;
  }
  rmSync(archives, { recursive: true });
  for (const [link, target] of Object.entries(plan.links ?? {})) {
    rmSync(path.join(root, link), { force: true });
    symlinkSync(target, path.join(root, link));
  }
  const manifest = {
    layout: setLayout,
    name: plan.name,
    packages: packages.map((p) => `${p.name}=${p.version}`),
    ownLibc,
  };
  writeFileSync(path.join(folder, 'set.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return null;
}

/**
 * @param {string} from
 * @param {string} to
 */
function replaceFolder(from, to) {
  const old = `${to}.partial-old-${process.pid}`;
  try {
    renameSync(to, old);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  }
  try {
    renameSync(from, to);
  } catch (error) {
    // Another bootstrap was faster: its set is as good.
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
  rmSync(old, { recursive: true, force: true });
}

/** @param {string} parent */
function removeAbandoned(parent) {
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  for (const entry of readdirSync(parent)) {
    const pid = /\.partial-(?:old-)?(\d+)/.exec(entry)?.[1];
    if (pid === undefined) continue;
    const folder = path.join(parent, entry);
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (!isAlive(Number(pid)) || age > abandonedMs)
      rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
