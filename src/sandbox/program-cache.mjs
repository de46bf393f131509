/**
 * The user's cache folder: server programs that were unpacked there, and templates of data folders.
 * Plain JavaScript without dependencies: bin/bootstrap.mjs runs it before anything is built.
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

/** The layout of a set folder; a set of another layout is fetched anew. */
export const setLayout = 1;

/**
 * How to run a program: spawn(command, [...args, ...yours], { env: { ...process.env, ...env } }).
 * @typedef {object} Program
 * @property {string} name what was asked for: `mariadb`, `redis-8.0`, `php`
 * @property {string} command absolute path
 * @property {string[]} args what must stand before your own arguments, such as another libc's loader
 * @property {Record<string, string>} env what must be added to the environment
 * @property {string | null} baseDir the folder above bin, sbin and share
 * @property {string} version such as `10.11.19`; empty for a tool
 * @property {'path' | 'usual-place' | 'cache'} from
 */

/**
 * What an unpacked set says of itself, in set.json beside its `root` folder. The file is written last
 * and the folder renamed into place: a set that is there is whole.
 * @typedef {object} SetManifest
 * @property {number} layout
 * @property {string} name
 * @property {string[]} packages `name=version`
 * @property {boolean} ownLibc the set has its own libc and loader, so it runs on any distribution
 */

/**
 * `$XDG_CACHE_HOME/scalectl`, `~/.cache/scalectl`, `~/Library/Caches/scalectl` or `%LOCALAPPDATA%\scalectl\cache`.
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {string}
 */
export function cacheFolder(environment = process.env) {
  if (environment.XDG_CACHE_HOME && path.isAbsolute(environment.XDG_CACHE_HOME)) {
    return path.join(environment.XDG_CACHE_HOME, 'scalectl');
  }
  const home = os.homedir();
  if (process.platform === 'win32') {
    const local = environment.LOCALAPPDATA ?? path.join(home, 'AppData', 'Local');
    return path.join(local, 'scalectl', 'cache');
  }
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Caches', 'scalectl');
  return path.join(home, '.cache', 'scalectl');
}

/**
 * Where the set `name` is, or would be, unpacked.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} [environment]
 */
export function setFolder(name, environment = process.env) {
  return path.join(cacheFolder(environment), 'programs', name);
}

/**
 * @param {string} folder a set folder
 * @returns {SetManifest | null} null when there is no whole set of today's layout
 */
export function readSetManifest(folder) {
  try {
    /** @type {unknown} */
    const manifest = JSON.parse(readFileSync(path.join(folder, 'set.json'), 'utf8'));
    return isManifest(manifest) && manifest.layout === setLayout ? manifest : null;
  } catch {
    // No such set, or one that cannot be read: either way it is not there.
    return null;
  }
}

/**
 * A program of an unpacked set, made to run with the set's own libraries.
 * @param {string} name
 * @param {string} folder the set folder
 * @param {string} relativePath inside its root, such as `usr/sbin/mariadbd`
 * @returns {Program | null}
 */
export function unpackedProgram(name, folder, relativePath) {
  const manifest = readSetManifest(folder);
  // The cache folder may itself be reached through a link; the servers write real paths into their logs.
  const root = manifest && realpathOrNull(path.join(folder, 'root'));
  if (!manifest || !root) return null;
  // The name is kept, not what a link leads to: Debian's redis-server is a link to redis-check-rdb, and
  // the program looks at the name that it was started by.
  const binary = path.join(root, relativePath);
  if (!existsSync(binary)) return null;
  const libraryPath = libraryFolders(root).join(':');
  const found = {
    name,
    baseDir: path.join(root, 'usr'),
    version: '',
    from: /** @type {const} */ ('cache'),
  };
  if (!manifest.ownLibc) {
    return { ...found, command: binary, args: [], env: { LD_LIBRARY_PATH: libraryPath } };
  }
  const loader = findLoader(root);
  if (!loader) return null;
  return { ...found, command: loader, args: ['--library-path', libraryPath, binary], env: {} };
}

/**
 * @param {string} root
 * @returns {string[]} folders that hold shared libraries, merged /usr or not
 */
export function libraryFolders(root) {
  const folders = [];
  for (const base of ['usr/lib', 'lib']) {
    for (const triplet of listFolder(path.join(root, base))) {
      if (!/-linux-gnu/.test(triplet)) continue;
      const folder = path.join(root, base, triplet);
      folders.push(folder);
      // libpulse finds its own half through an absolute path that is not there.
      if (existsSync(path.join(folder, 'pulseaudio')))
        folders.push(path.join(folder, 'pulseaudio'));
    }
  }
  return folders;
}

/**
 * @param {string} folder
 * @returns {string[]} names inside, empty when it is not there
 */
export function listFolder(folder) {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** @param {string} root */
function findLoader(root) {
  for (const folder of [
    'lib64',
    'usr/lib64',
    ...['usr/lib', 'lib'].flatMap((base) => triplets(root, base)),
    'lib',
    'usr/lib',
  ]) {
    for (const name of listFolder(path.join(root, folder))) {
      if (!/^ld-linux.*\.so\.\d+$/.test(name)) continue;
      const loader = insideRoot(root, path.join(root, folder, name));
      if (loader) return loader;
    }
  }
  return null;
}

/**
 * @param {string} root
 * @param {string} base
 */
function triplets(root, base) {
  return listFolder(path.join(root, base))
    .filter((name) => /-linux-gnu/.test(name))
    .map((name) => path.join(base, name));
}

/**
 * The file that a link leads to, unless it leads out of the unpacked set: Debian's absolute
 * `/lib64/ld-linux…` links would lead to the machine's own loader.
 * @param {string} root
 * @param {string} file
 */
function insideRoot(root, file) {
  const real = realpathOrNull(file);
  return real?.startsWith(root + path.sep) ? real : null;
}

/** @param {string} file */
function realpathOrNull(file) {
  try {
    return realpathSync(file);
  } catch {
    return null;
  }
}

/**
 * @param {unknown} value
 * @returns {value is SetManifest}
 */
function isManifest(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    'layout' in value &&
    typeof value.layout === 'number' &&
    'ownLibc' in value &&
    typeof value.ownLibc === 'boolean'
  );
}
