import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { cacheFolder } from '../../../src/sandbox/program-cache.mjs';

/** Where package.json names what is compared with; benches run at the project's root. */
const manifest = 'test/bench/queue/peers/package.json';

/**
 * A package that scalectl is compared with, installed into the cache folder when it is not there in the version that
 * the manifest names: `npm ci` of the project stays small. Scripts of packages do not run.
 * @returns the package's exports, and its version for the label
 */
export async function loadPeer(name: string): Promise<{ exports: unknown; version: string }> {
  const { dependencies } = JSON.parse(await readFile(manifest, 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const version = dependencies[name];
  if (version === undefined) throw new Error(`${manifest} does not name ${name}`);
  const folder = path.join(cacheFolder(), 'bench-peers');
  for (const [each, wanted] of Object.entries(dependencies)) {
    if ((await installedVersion(folder, each)) === wanted) continue;
    await install(folder);
    break;
  }
  const require = createRequire(path.join(folder, 'package.json'));
  return { exports: require(name) as unknown, version };
}

async function installedVersion(folder: string, name: string): Promise<string | null> {
  try {
    const text = await readFile(path.join(folder, 'node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function install(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await copyFile(manifest, path.join(folder, 'package.json'));
  execFileSync('npm', ['install', '--ignore-scripts', '--no-package-lock', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
}
