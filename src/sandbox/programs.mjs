/**
 * Where server programs are: on PATH, in the usual places of each platform, or unpacked in the user's
 * cache folder by bin/bootstrap.mjs. Plain JavaScript without dependencies, as bootstrap runs it first.
 */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

import { listFolder, setFolder, unpackedProgram } from './program-cache.mjs';

/** @typedef {import('./program-cache.mjs').Program} Program */
/** @typedef {'mariadb' | 'mysql' | 'redis' | 'valkey'} ServerProduct */

/**
 * File names of each product's server, the preferred one first, and where a package puts it.
 * Some distributions link mysqld to MariaDB and redis-server to Valkey: what a program says of itself decides.
 * @type {Record<ServerProduct, { files: string[], version: RegExp }>}
 */
const products = {
  mariadb: { files: ['mariadbd', 'mysqld'], version: /\bVer (\d+\.\d+\.\d+)-MariaDB/i },
  mysql: { files: ['mysqld'], version: /\bVer (\d+\.\d+\.\d+)(?!\S*mariadb)/i },
  redis: { files: ['redis-server'], version: /^Redis server v=(\d+\.\d+\.\d+)/m },
  valkey: {
    files: ['valkey-server', 'redis-server'],
    version: /^Valkey server v=(\d+\.\d+\.\d+)/m,
  },
};

/**
 * A server program that runs on this machine, or null.
 * @param {string} name a product (`mariadb`, `mysql`, `redis`, `valkey`), or a product and the start of its
 *   version (`mariadb-10.5`, `mysql-9.7`, `redis-6.0`, `valkey-9`)
 * @returns {Promise<Program | null>} of the first place that has it: PATH, the usual places, the cache folder
 */
export async function findServer(name) {
  const installed = installedPrograms(name, products[parseServerName(name).product].files);
  return (
    (await firstThatRuns(name, installed)) ?? (await findUnpackedServer(name, setFolder(name)))
  );
}

/**
 * The server program of one set folder, or null when it has none that runs here.
 * @param {string} name
 * @param {string} folder
 * @returns {Promise<Program | null>}
 */
export async function findUnpackedServer(name, folder) {
  const { files } = products[parseServerName(name).product];
  const unpacked = ['usr/sbin', 'usr/bin']
    .flatMap((inside) => files.map((file) => unpackedProgram(name, folder, `${inside}/${file}`)))
    .filter((program) => program !== null);
  return firstThatRuns(name, unpacked);
}

/**
 * @param {string} name
 * @param {Program[]} candidates
 * @returns {Promise<Program | null>}
 */
async function firstThatRuns(name, candidates) {
  const { product, series } = parseServerName(name);
  for (const candidate of candidates) {
    const version = await askVersion(candidate, product);
    if (version && isOfSeries(version, series)) return { ...candidate, version };
  }
  return null;
}

/**
 * @param {string} name
 * @returns {{ product: ServerProduct, series: string | null }}
 */
function parseServerName(name) {
  const match = /^(mariadb|mysql|redis|valkey)(?:-(\d+(?:\.\d+)*))?$/.exec(name);
  if (!match) throw new TypeError(`no server is called ${name}`);
  return { product: /** @type {ServerProduct} */ (match[1]), series: match[2] ?? null };
}

/**
 * Programs of one of these file names on PATH and in the usual places, without repetition.
 * @param {string} name what the result is called
 * @param {readonly string[]} files without `.exe`
 * @returns {Program[]}
 */
export function installedPrograms(name, files) {
  const onPath = (process.env.PATH ?? process.env.Path ?? '').split(path.delimiter).filter(Boolean);
  const places = [
    ...onPath.map((folder) => ({ folder, from: /** @type {const} */ ('path') })),
    ...usualPlaces().map((folder) => ({ folder, from: /** @type {const} */ ('usual-place') })),
  ];
  // Keyed by what a link leads to, but run by its own name: Debian's redis-server is a link to
  // redis-check-rdb, and the program looks at the name that it was started by.
  /** @type {Map<string, Program>} */
  const found = new Map();
  for (const { folder, from } of places) {
    for (const file of files) {
      const command = path.join(folder, process.platform === 'win32' ? `${file}.exe` : file);
      const real = runnableFile(command);
      if (!real || found.has(`${file} ${real}`)) continue;
      const baseDir = path.dirname(path.dirname(real));
      found.set(`${file} ${real}`, {
        name,
        command,
        args: [],
        env: {},
        baseDir,
        version: '',
        from,
      });
    }
  }
  return [...found.values()];
}

/** Folders that are often not on an ordinary user's PATH. */
function usualPlaces() {
  if (process.platform === 'win32') return windowsPlaces();
  if (process.platform === 'darwin') {
    return [
      ...['/opt/homebrew', '/usr/local'].flatMap((prefix) => [
        `${prefix}/bin`,
        // A versioned formula such as mariadb@10.11 is not linked into bin.
        ...listFolder(`${prefix}/opt`)
          .filter((formula) => /^(mariadb|mysql|redis|valkey)(@|$)/.test(formula))
          .map((formula) => `${prefix}/opt/${formula}/bin`),
      ]),
      '/opt/local/sbin',
      '/opt/local/bin',
      '/usr/local/mysql/bin',
      '/Applications/XAMPP/xamppfiles/sbin',
      '/Applications/XAMPP/xamppfiles/bin',
    ];
  }
  return [
    '/usr/local/sbin',
    '/usr/local/bin',
    '/usr/sbin',
    '/usr/bin',
    '/usr/libexec',
    '/opt/lampp/sbin',
    '/opt/lampp/bin',
    '/usr/local/mysql/bin',
  ];
}

function windowsPlaces() {
  const drive = process.env.SystemDrive ?? 'C:';
  const programFiles = process.env.ProgramFiles ?? `${drive}\\Program Files`;
  /** @param {string} parent @param {RegExp} pattern */
  const versioned = (parent, pattern) =>
    listFolder(parent)
      .filter((name) => pattern.test(name))
      .reverse()
      .map((name) => path.join(parent, name, 'bin'));
  return [
    `${drive}\\xampp\\mysql\\bin`,
    `${drive}\\xampp\\php`,
    ...versioned(programFiles, /^MariaDB /),
    ...versioned(path.join(programFiles, 'MySQL'), /^MySQL Server /),
    ...versioned(`${drive}\\laragon\\bin\\mysql`, /./),
    path.join(programFiles, 'Redis'),
    `${drive}\\Redis`,
  ];
}

/**
 * @param {string} file
 * @returns {string | null} its real path when it is a file that this user may run
 */
function runnableFile(file) {
  try {
    if (!existsSync(file)) return null;
    const real = realpathSync(file);
    accessSync(real, constants.X_OK);
    return statSync(real).isFile() ? real : null;
  } catch {
    // A dead link, or a folder that this user may not look into.
    return null;
  }
}

/**
 * What the program says of itself; null when it does not run here (a library is missing) or is another product.
 * @param {Program} program
 * @param {ServerProduct} product
 * @returns {Promise<string | null>}
 */
function askVersion(program, product) {
  return new Promise((resolve) => {
    execFile(
      program.command,
      [...program.args, '--version'],
      { env: { ...process.env, ...program.env }, timeout: 10_000, windowsHide: true },
      (error, stdout) =>
        resolve(error ? null : (products[product].version.exec(stdout)?.[1] ?? null)),
    );
  });
}

/**
 * @param {string} version
 * @param {string | null} series
 */
function isOfSeries(version, series) {
  return series === null || version === series || version.startsWith(`${series}.`);
}
