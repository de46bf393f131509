import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { beforeAll, describe, expect, it } from 'vitest';
import { atEndOfFile } from '../support/cleanups.ts';
import { freshDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');

let tarball = '';
let packed: { files: { path: string; mode: number }[]; unpackedSize: number };

beforeAll(async () => {
  const folder = await temporaryFolder();
  // Without scripts: prepack would build dist anew under the feet of other tests.
  const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', words, { cwd: root });
  [packed] = JSON.parse(stdout) as [typeof packed];
  const [name = ''] = await readdir(folder);
  tarball = path.join(folder, name);
});

describe('the packed package', () => {
  it('holds the built program, every template and no source or test', async () => {
    const files = packed.files.map((file) => file.path);
    const templates = (
      await readdir(path.join(root, 'templates'), { recursive: true, withFileTypes: true })
    )
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
    expect(templates.length).toBeGreaterThan(10);
    expect(files).toEqual(
      expect.arrayContaining([...templates, 'dist/bin/scalectl.js', 'LICENSE']),
    );
    const unwanted =
      /(^|\/)(test|src|node_modules|\.ci)\/|\.test\.|\.ts$|\.map$|tsconfig|vitest|eslint/;
    expect(files.filter((file) => unwanted.test(file) && !file.startsWith('templates/'))).toEqual(
      [],
    );
    const entry = packed.files.find((file) => file.path === 'dist/bin/scalectl.js');
    expect((entry?.mode ?? 0) & 0o111).toBe(0o111);
  });

  it('names no path of the machine that built it', async () => {
    for (const file of packed.files.map((entry) => entry.path)) {
      const content = await readFile(path.join(root, file), 'latin1');
      expect(content.includes(root), file).toBe(false);
    }
  });

  it('has nothing that publint would change', async () => {
    const content = await readFile(tarball);
    const buffer = new Uint8Array(content).buffer;
    const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it('works installed into an empty prefix, from another folder and with a home of its own', async () => {
    const folder = await temporaryFolder();
    const prefix = path.join(folder, 'prefix');
    const home = path.join(folder, 'home');
    await mkdir(home);
    await run('npm', [
      'install',
      '--global',
      '--prefix',
      prefix,
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      tarball,
    ]);
    const program = path.join(prefix, ...(process.platform === 'win32' ? [] : ['bin']), 'scalectl');
    const database = await freshDatabase();
    const env = { PATH: process.env['PATH'], HOME: home, SCALECTL_DB_URL: database.url };
    const scalectl = async (...words: string[]): Promise<string> =>
      (await run(program, words, { cwd: home, env })).stdout;
    const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(await scalectl('--version')).toBe(`${version}\n`);
    expect(await scalectl('--help')).toContain('Usage: scalectl');
    expect(await scalectl('health', '--help')).toContain('Exit codes:');
    // These read templates: units, tasks, and the tables of the journal.
    expect(await scalectl('schedule', 'show', '--target', 'systemd', '--json')).toContain(
      '[Timer]',
    );
    expect(await scalectl('schedule', 'show', '--target', 'task-scheduler', '--json')).toContain(
      '<Task ',
    );
    await database.query(
      'CREATE TABLE one (id INT PRIMARY KEY, a INT, KEY first (a), KEY second (a))',
    );
    await scalectl('optimize-db', '--drop-redundant', '--yes');
    expect(await scalectl('optimize-db', 'history', '--json')).toContain('"ok":true');
    const keys = await database.query("SHOW INDEX FROM one WHERE Key_name <> 'PRIMARY'");
    expect(keys).toHaveLength(1);
  });
});

const isRoot = process.getuid?.() === 0;

describe('an ordinary user', () => {
  it.skipIf(!isRoot)(
    'makes a copy ready with bootstrap, servers included (root alone can become that user)',
    async () => {
      // Not the run's own temporary folder: that is closed to other users.
      const parent = path.dirname(await realpath(os.tmpdir()));
      const folder = await mkdtemp(path.join(parent, 'scalectl-user-'));
      atEndOfFile(() => rm(folder, { recursive: true, force: true }));
      await chmod(folder, 0o755);
      const copy = path.join(folder, 'copy');
      const home = path.join(folder, 'home');
      await mkdir(copy);
      await mkdir(home);
      const left = ['.git', 'coverage'];
      const entries = (await readdir(root)).filter(
        (name) => !left.includes(name) && !/^dist-/.test(name),
      );
      // With the times of files, so that nothing looks older than its source.
      await run('cp', ['-a', ...entries.map((name) => path.join(root, name)), copy]);
      await run('chown', ['-R', '65534:65534', folder]);
      const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'];
      const user = async (...words: string[]): Promise<string> => {
        const options = { cwd: copy, env: { PATH: process.env['PATH'], HOME: home } };
        const { stdout, stderr } = await run(
          'setpriv',
          [...asNobody, process.execPath, ...words],
          options,
        );
        return stdout + stderr;
      };
      const said = await user('bin/bootstrap.mjs', '--servers');
      expect(said).toMatch(/bootstrap: MariaDB \d+\.\d+\.\d+ is at /);
      expect(said).toMatch(/bootstrap: (Redis|Valkey) \d+\.\d+\.\d+ is at /);
      expect(await user('dist/bin/scalectl.js', 'config', 'show', '--changed')).toContain(
        'none found',
      );
      // A second time there is nothing left to do.
      expect(await user('bin/bootstrap.mjs', '--servers')).not.toMatch(
        /unpacking|installing|built dist/,
      );
    },
  );
});
