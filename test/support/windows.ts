import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, open, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { windowsNode } from '../../bin/bootstrap/sets.mjs';
import { setFolder } from '../../src/sandbox/program-cache.mjs';
import { atEndOfFile } from './cleanups.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { toolOrSkip } from './tool.ts';

export interface WindowsMachine {
  /** Drive C: as a folder of this machine. */
  driveC: string;
  /** Runs Windows' Node with these arguments. Paths among them are Windows' own. */
  node: (args: readonly string[], options?: WindowsOptions) => Promise<WindowsResult>;
  /** Runs the built scalectl, which lies in C:\Program Files\scalectl. */
  scalectl: (args: readonly string[], options?: WindowsOptions) => Promise<WindowsResult>;
}

export interface WindowsOptions {
  env?: Record<string, string>;
  /** Below drive C, in the words of this machine: `xampp/htdocs`. */
  cwd?: string;
}

export interface WindowsResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Windows' own node.exe under Wine: its paths, environment and processes, on a drive C: that is made for this test
 * file. Null where bootstrap --windows has not been run; in CI that is an error.
 */
export async function windowsMachine(): Promise<WindowsMachine | null> {
  const wine = await toolOrSkip('wine64');
  const { name, version, file } = windowsNode;
  const nodeProgram = path.join(setFolder(`${name}-${version}`), file);
  if (!wine || !existsSync(nodeProgram)) return null;
  const folder = await temporaryFolder();
  const driveC = await makePrefix(folder, path.join(wine.baseDir ?? '/usr', 'lib'));
  const environment = {
    ...wine.env,
    PATH: process.env['PATH'],
    HOME: folder,
    WINEPREFIX: folder,
    WINEDEBUG: '-all',
    // PATH of the Windows side: without one Node cannot even say that a program is not there.
    WINEPATH: 'C:\\windows\\system32',
    WINEDLLOVERRIDES: 'mscoree,mshtml=',
    // Node asks for Windows 10 by a call that this Wine answers with an older version.
    NODE_SKIP_PLATFORM_CHECK: '1',
  };
  let runs = 0;
  const node: WindowsMachine['node'] = async (args, options = {}) => {
    runs += 1;
    // Wine hands files down as standard output, and no pipes.
    const outputs = ['stdout', 'stderr'].map((what) => path.join(folder, `${runs}.${what}`));
    const handles = await Promise.all(outputs.map((output) => open(output, 'w')));
    const child = spawn(wine.command, [...wine.args, nodeProgram, ...args], {
      cwd: path.join(driveC, options.cwd ?? ''),
      env: { ...environment, ...options.env },
      stdio: ['ignore', ...handles.map(({ fd }) => fd)],
    });
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    await Promise.all(handles.map((handle) => handle.close()));
    const [stdout = '', stderr = ''] = await Promise.all(
      outputs.map((output) => readFile(output, 'utf8')),
    );
    return { exitCode, stdout, stderr };
  };
  atEndOfFile(async () => {
    const server = path.join(path.dirname(wine.command), 'wineserver');
    // 1 when it has ended already.
    await promisify(execFile)(server, ['-k', '-w'], { env: environment }).catch(() => undefined);
  });
  const script = 'C:\\Program Files\\scalectl\\dist\\bin\\scalectl.js';
  return { driveC, node, scalectl: (args, options) => node([script, ...args], options) };
}

/** What Wine needs to run a program of the command line: without its own set-up, which copies 700 MB. */
async function makePrefix(folder: string, libraries: string): Promise<string> {
  const driveC = path.join(folder, 'drive_c');
  const program = path.join(driveC, 'Program Files', 'scalectl');
  const system32 = path.join(driveC, 'windows', 'system32');
  await mkdir(system32, { recursive: true });
  await mkdir(path.join(folder, 'dosdevices'));
  await mkdir(program, { recursive: true });
  await symlink('../drive_c', path.join(folder, 'dosdevices', 'c:'));
  await symlink('/', path.join(folder, 'dosdevices', 'z:'));
  const system = path.join(libraries, 'x86_64-linux-gnu/wine/x86_64-windows');
  for (const file of await readdir(system)) {
    // Wine's Task Scheduler needs services that do not run here, and waits for them.
    if (file === 'schtasks.exe') continue;
    await symlink(path.join(system, file), path.join(system32, file));
  }
  await writeFile(path.join(folder, '.update-timestamp'), 'disable\n');
  const root = path.resolve(import.meta.dirname, '../..');
  for (const part of ['dist', 'templates', 'package.json']) {
    await cp(path.join(root, part), path.join(program, part), { recursive: true });
  }
  return driveC;
}
