import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { atEndOfFile } from '../support/cleanups.ts';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { binary, runScalectl } from '../support/scalectl.ts';
import type { ScalectlOptions, ScalectlResult } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Planted: must turn up in no output. */
const secret = 'geheim-planted-77';
const fileName = 'scalectl.config.json';

let test: TestDatabase;
let user: string;
let url: string;

beforeAll(async () => {
  test = await freshDatabase();
  user = `init_${test.name.slice(-8)}`;
  await test.query(`CREATE OR REPLACE USER ${user}@'%' IDENTIFIED BY '${secret}'`);
  await test.query(`GRANT ALL ON ${test.name}.* TO ${user}@'%'`);
  url = Object.assign(new URL(test.url), { username: user, password: secret }).href;
  atEndOfFile(async () => void (await test.query(`DROP USER ${user}@'%'`)));
});

async function init(
  args: readonly string[],
  options: ScalectlOptions & { cwd: string },
): Promise<ScalectlResult> {
  const result = await runScalectl(['init', ...args], options);
  expect(result.stdout + result.stderr).not.toContain(secret);
  return result;
}

function readConfig(folder: string): unknown {
  return JSON.parse(readFileSync(path.join(folder, fileName), 'utf8'));
}

async function ownTables(database: TestDatabase): Promise<number> {
  const rows = await database.query("SHOW TABLES LIKE 'scalectl\\_%'");
  return rows.length;
}

describe('init --yes', () => {
  it('shows in a dry run what it would do, and changes nothing', async () => {
    const cwd = await temporaryFolder();
    const result = await init(['--dry-run'], { cwd, env: { SCALECTL_DB_URL: url } });
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stdout).toContain('"env": "SCALECTL_DB_URL"');
    expect(result.stdout).toContain('dry run, nothing was changed');
    expect(readdirSync(cwd)).toEqual([]);
    expect(await test.query('SHOW TABLES')).toEqual([]);
  });

  it('writes a reference to the variable with the password, and creates the tables', async () => {
    const cwd = await temporaryFolder();
    const { exitCode, stdout } = await init(['--yes'], { cwd, env: { SCALECTL_DB_URL: url } });
    expect(exitCode).toBe(0);
    expect(readConfig(cwd)).toEqual({ database: { url: { env: 'SCALECTL_DB_URL' } } });
    expect(await ownTables(test)).toBeGreaterThan(10);
    expect(stdout).toContain('GRANT PROCESS ON *.*');
    expect(stdout).toMatch(/next: scalectl doctor\n$/);
  });

  it('is the same the second time, without a question', async () => {
    const cwd = await temporaryFolder();
    await init(['--yes'], { cwd, env: { SCALECTL_DB_URL: url } });
    const before = statSync(path.join(cwd, fileName));
    const again = await init(['--json'], { cwd, env: { SCALECTL_DB_URL: url } });
    expect(again).toMatchObject({ exitCode: 0, json: { result: { fileState: 'unchanged' } } });
    expect(statSync(path.join(cwd, fileName)).mtimeMs).toBe(before.mtimeMs);
  });

  it('keeps a password of the command line in a file that only its owner may read', async () => {
    const cwd = await temporaryFolder();
    const { stderr, exitCode } = await init(['--yes', '--db', url], { cwd });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('visible to other users');
    expect(readConfig(cwd)).toMatchObject({ database: { password: secret } });
    expect(JSON.stringify(readConfig(cwd))).not.toContain(`:${secret}@`);
    if (process.platform !== 'win32') {
      expect(statSync(path.join(cwd, fileName)).mode & 0o777).toBe(0o600);
    }
    expect((await runScalectl(['config', 'check'], { cwd })).stderr).toBe('');
  });

  it('changes a file that is there only with --yes, and keeps the rest of it', async () => {
    const cwd = await temporaryFolder();
    const before = '{"queue":{"concurrency":2},"database":{"name":"other"}}\n';
    writeFileSync(path.join(cwd, fileName), before);
    const env = { SCALECTL_DB_URL: url };
    const refused = await init([], { cwd, env });
    expect(refused.exitCode).toBe(77);
    expect(refused.stdout).toContain('+++ ');
    expect(readFileSync(path.join(cwd, fileName), 'utf8')).toBe(before);
    expect((await init(['--yes'], { cwd, env })).exitCode).toBe(0);
    expect(readConfig(cwd)).toMatchObject({
      queue: { concurrency: 2 },
      database: { name: 'other', url: { env: 'SCALECTL_DB_URL' } },
    });
  });

  it('is done without tables and exit 1 where the account may not create them', async () => {
    const empty = await freshDatabase();
    await test.query(`GRANT SELECT ON ${empty.name}.* TO ${user}@'%'`);
    const cwd = await temporaryFolder();
    const reader = Object.assign(new URL(url), { pathname: `/${empty.name}` }).href;
    const result = await init(['--yes', '--json'], { cwd, env: { SCALECTL_DB_URL: reader } });
    expect(result).toMatchObject({
      exitCode: 1,
      json: { ok: true, result: { fileState: 'created', tables: { queue: 'missing' } } },
    });
    expect(result.stdout).toContain('GRANT CREATE, ALTER, INDEX, DROP');
    expect(await ownTables(empty)).toBe(0);
  });
});

describe('init where something is wrong', () => {
  const wrong = async (
    change: Partial<Record<'port' | 'password' | 'pathname', string>>,
  ): Promise<ScalectlResult> => {
    const cwd = await temporaryFolder();
    const env = { SCALECTL_DB_URL: Object.assign(new URL(url), change).href };
    const result = await init(['--yes'], { cwd, env });
    expect(readdirSync(cwd)).toEqual([]);
    return result;
  };

  it('names host and port of a database that is down: 69', async () => {
    const { exitCode, stderr } = await wrong({ port: '1' });
    expect(exitCode).toBe(69);
    expect(stderr).toContain('127.0.0.1:1');
  });

  it('says that the password is wrong: 78', async () => {
    const { exitCode, stderr } = await wrong({ password: 'another-one' });
    expect(exitCode).toBe(78);
    expect(stderr).toContain(`refuses the login of ${user}`);
    expect(stderr).not.toContain('another-one');
  });

  it('says that there is no such database', async () => {
    const { exitCode, stderr } = await wrong({ pathname: '/no_such_shop' });
    expect([77, 78]).toContain(exitCode);
    expect(stderr).toContain('no_such_shop');
  });

  it('asks for an address when nothing names one: 78', async () => {
    const cwd = await temporaryFolder();
    const { exitCode, stderr } = await init(['--yes'], { cwd });
    expect(exitCode).toBe(78);
    expect(stderr).toContain('--platform DIR');
  });

  it('does not go on without a Redis that was named for this run: 69', async () => {
    const cwd = await temporaryFolder();
    const env = { SCALECTL_DB_URL: url, SCALECTL_REDIS_URL: 'redis://127.0.0.1:1' };
    expect((await init(['--yes'], { cwd, env })).exitCode).toBe(69);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('init on a terminal', () => {
  const program = ['/usr/bin/script', '/bin/script'].find((file) => existsSync(file));

  // util-linux's script gives the command a terminal of its own; Debian always has it.
  it.skipIf(program === undefined && !process.env['CI'])(
    'leaves nothing when Ctrl-C is pressed at a question',
    async () => {
      const cwd = await temporaryFolder();
      const env = { PATH: process.env['PATH'], HOME: cwd, TERM: 'xterm' };
      const command = `'${process.execPath}' '${binary}' init`;
      const child = spawn(program ?? 'script', ['-qec', command, '/dev/null'], { cwd, env });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        const isAsked = output.includes('Database, without');
        output += chunk.toString();
        if (!isAsked && output.includes('Database, without')) child.stdin.write('\u0003');
      });
      const exitCode = await new Promise((resolve) => child.once('close', resolve));
      expect(output).toContain('stopped at a question; nothing was changed');
      expect(exitCode).toBe(130);
      expect(readdirSync(cwd)).toEqual([]);
    },
  );
});

describe('init --platform', () => {
  const platformWith = async (files: (name: string) => Record<string, string>): Promise<string> => {
    const folder = await temporaryFolder();
    mkdirSync(path.join(folder, 'includes'));
    for (const [name, content] of Object.entries(files(test.name))) {
      writeFileSync(path.join(folder, name), content);
    }
    return folder;
  };
  const address = (): { host: string; port: string } => {
    const { hostname, port } = new URL(url);
    return { host: hostname, port };
  };

  it.each(['pass', 'password'])(
    'takes .db_config with its %s and names what is computed in PHP',
    async (field) => {
      const { host, port } = address();
      const platform = await platformWith((dbname) => ({
        'includes/config.php': `<?php define('DB_READ_TIMEOUT', 5 * getenv('FACTOR')); define('CACHE_TYPE', 'file');`,
        '.db_config': JSON.stringify({ host, port: Number(port), user, [field]: secret, dbname }),
      }));
      const cwd = await temporaryFolder();
      const { exitCode, stdout } = await init(['--yes', '--platform', platform], { cwd });
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/DB_READ_TIMEOUT\s+includes\/config\.php, line 1/);
      expect(readConfig(cwd)).toEqual({ platform: { dir: platform } });
    },
  );

  it('names the computed constants when they are what is missing', async () => {
    const platform = await platformWith((dbname) => ({
      'includes/config.php': `<?php
define('DB_HOST', '${address().host}:${address().port}');
define('DB_USER', '${user}');
define('DB_PASS', getenv('SHOP_PASS'));
define('DB_NAME', '${dbname}');`,
    }));
    const cwd = await temporaryFolder();
    const { exitCode, stderr } = await init(['--yes', '--platform', platform], { cwd });
    expect(exitCode).toBe(78);
    expect(stderr).toContain('DB_PASS (includes/config.php, line 4)');
    expect(existsSync(path.join(cwd, fileName))).toBe(false);
  });

  it('is told when there is nothing to read in the folder', async () => {
    const cwd = await temporaryFolder();
    const { exitCode, stderr } = await init(['--yes', '--platform', cwd], { cwd });
    expect(exitCode).toBe(64);
    expect(stderr).toContain('includes/config.php');
  });

  it('keeps a password out of the folder that the web server hands out', async () => {
    const platform = await platformWith(() => ({
      'includes/config.php': "<?php define('DB_NAME', 'unused');",
    }));
    const { exitCode, stdout } = await init(['--yes', '--json', '--db', url], { cwd: platform });
    expect(exitCode).toBe(0);
    const { file } = (JSON.parse(stdout) as { result: { file: string } }).result;
    expect(file).not.toContain(platform);
    expect(readdirSync(platform)).toEqual(['includes']);
  });
});
