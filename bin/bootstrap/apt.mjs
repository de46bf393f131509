/** apt-get with folders of our own, so that it needs no root and changes nothing of the machine. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { setFolder } from '../../src/sandbox/program-cache.mjs';
import { findArchiveSource, sourceOfSuite } from './apt-sources.mjs';
import { StepFailure, say } from './failure.mjs';
import { run } from './run.mjs';

/** This run's lists and look-up caches: some 70 MB a suite, of no use once everything is unpacked. */
const workFolder = `${setFolder('apt')}.partial-${process.pid}-${Date.now()}`;

/** @type {Set<string>} folders whose lists this run has fetched */
const fetched = new Set();

/**
 * Where packages are looked up and what counts as installed.
 * @typedef {object} PackageWorld
 * @property {string} name for messages
 * @property {string[]} options of apt-get
 * @property {string | null} folder our own lists; null: the machine's
 */

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {string} version
 * @property {boolean} installed an older version of it is on the machine
 */

/** Whether this machine has the tools to fetch and unpack packages. */
export async function hasApt() {
  const answers = await Promise.all([
    run('apt-get', ['--version']),
    run('dpkg-deb', ['--version']),
  ]);
  return answers.every(({ exitCode }) => exitCode === 0);
}

/**
 * The machine's own packages by its own lists, which may be missing or old.
 * @returns {PackageWorld}
 */
export function machineWorld() {
  const folder = makeFolders('look-ups');
  return { name: "the machine's package lists", options: cacheOptions(folder), folder: null };
}

/**
 * The machine's own packages by lists that we fetch ourselves.
 * @returns {PackageWorld}
 */
export function freshWorld() {
  const folder = makeFolders('machine');
  return {
    name: 'fresh package lists',
    options: [...cacheOptions(folder), ...listOptions(folder)],
    folder,
  };
}

/**
 * As freshWorld(), with nothing counted as installed: what it names runs without any library of the machine.
 * @returns {PackageWorld}
 */
export function selfContainedWorld() {
  const folder = makeFolders('machine');
  return {
    name: 'fresh package lists',
    options: [...cacheOptions(folder), ...listOptions(folder), ...nothingInstalled(folder)],
    folder,
  };
}

/**
 * Another suite of the same distribution from the machine's own mirror, with nothing counted as installed.
 * @param {string} suite such as `trixie`
 * @returns {PackageWorld}
 */
export function suiteWorld(suite) {
  const source = findArchiveSource(osRelease().VERSION_CODENAME ?? '');
  if (osRelease().ID !== 'debian' || !source) {
    throw new StepFailure(
      `The ${suite} suite cannot be reached: /etc/apt names no Debian archive.`,
      'Run the servers matrix on a Debian machine; everything else works without it.',
    );
  }
  const folder = makeFolders(suite);
  mkdirSync(path.join(folder, 'sources'), { recursive: true });
  writeFileSync(path.join(folder, 'sources', 'suite.sources'), sourceOfSuite(source, suite));
  return {
    name: `the package lists of ${suite}`,
    folder,
    options: [
      ...cacheOptions(folder),
      ...listOptions(folder),
      ...nothingInstalled(folder),
      ...['-o', 'Dir::Etc::sourcelist=/dev/null'],
      ...['-o', `Dir::Etc::sourceparts=${path.join(folder, 'sources')}`],
      ...['-o', 'Dir::Etc::preferences=/dev/null', '-o', 'Dir::Etc::preferencesparts=/dev/null'],
    ],
  };
}

/**
 * Fetches the lists of a world that has its own, once in a run.
 * @param {PackageWorld} world
 */
export async function updateLists(world) {
  if (world.folder === null || fetched.has(world.folder)) return;
  fetched.add(world.folder);
  say(`fetching ${world.name}`);
  const { exitCode, stderr } = await run('apt-get', [...world.options, '-q', 'update']);
  // One unreachable source of several is no failure: the packages may come from the others.
  if (exitCode !== 0) say(`not all of it came: ${lastLine(stderr)}`);
}

/** Removes what this run fetched to look things up in. */
export function forgetLists() {
  rmSync(workFolder, { recursive: true, force: true });
}

/**
 * What an installation would bring, in a simulated run.
 * @param {PackageWorld} world
 * @param {string[]} names
 * @returns {Promise<{ packages: Package[] } | { failure: string }>}
 */
export async function simulateInstall(world, names) {
  const { exitCode, stdout, stderr } = await run('apt-get', [
    ...world.options,
    ...['install', '--simulate', '--no-install-recommends', '--yes'],
    ...names,
  ]);
  if (exitCode !== 0) return { failure: lastLine(stderr) };
  const packages = [...stdout.matchAll(/^Inst (\S+) (\[[^\]]*\] )?\((\S+) /gm)].map((match) => ({
    name: match[1] ?? '',
    version: match[3] ?? '',
    installed: match[2] !== undefined,
  }));
  return { packages };
}

/**
 * Downloads packages into a folder; apt checks them against the signed lists.
 * @param {PackageWorld} world
 * @param {Package[]} packages
 * @param {string} folder
 * @returns {Promise<string | null>} what failed
 */
export async function download(world, packages, folder) {
  const { exitCode, stderr } = await run(
    'apt-get',
    [...world.options, '-q', 'download', ...packages.map((p) => `${p.name}=${p.version}`)],
    { cwd: folder },
  );
  return exitCode === 0 ? null : lastLine(stderr);
}

/** @param {string} name */
function makeFolders(name) {
  const folder = path.join(workFolder, name);
  for (const part of ['lists/partial', 'cache/archives/partial', 'state']) {
    mkdirSync(path.join(folder, part), { recursive: true, mode: 0o700 });
  }
  return folder;
}

/** @param {string} folder */
function cacheOptions(folder) {
  return [
    ...['-o', `Dir::Cache=${path.join(folder, 'cache')}`],
    // Container images turn these off; each look-up then costs a second more.
    ...['-o', 'Dir::Cache::pkgcache=pkgcache.bin', '-o', 'Dir::Cache::srcpkgcache=srcpkgcache.bin'],
    // As root, apt would change to a user who cannot write into our folders.
    ...(process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []),
    ...['-o', 'Acquire::Languages=none'],
  ];
}

/** @param {string} folder */
function listOptions(folder) {
  return [
    ...['-o', `Dir::State::lists=${path.join(folder, 'lists')}`],
    ...['-o', `Dir::State=${path.join(folder, 'state')}`],
  ];
}

/** @param {string} folder */
function nothingInstalled(folder) {
  const status = path.join(folder, 'state', 'nothing-installed');
  writeFileSync(status, '');
  return ['-o', `Dir::State::status=${status}`];
}

/** @returns {Record<string, string>} */
export function osRelease() {
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    const lines = [...text.matchAll(/^([A-Z_]+)="?([^"\n]*)"?$/gm)];
    return Object.fromEntries(lines.map((match) => [match[1] ?? '', match[2] ?? '']));
  } catch {
    // Not a Linux that follows os-release(5).
    return {};
  }
}

/** @param {string} text */
function lastLine(text) {
  const lines = text.trim().split('\n');
  return lines.findLast((line) => line.startsWith('E:')) ?? lines.at(-1) ?? 'no message';
}
