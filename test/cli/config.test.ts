import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runScalectl } from '../support/scalectl.ts';
import type { ScalectlOptions, ScalectlResult } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Setting {
  path: string;
  value: unknown;
  text: string | null;
  source: string;
  place: string;
}

let folder = '';
let file = '';

beforeAll(async () => {
  folder = await temporaryFolder();
  file = path.join(folder, 'scalectl.config.json');
  await mkdir(path.join(folder, 'below', 'deep'), { recursive: true });
  const lines = [
    '{',
    '  "database": {"url": "mysql://shop:geheim-1234@127.0.0.1:1/shop", "pool": {"size": 7}},',
    '  "queue": {"concurrency": 5},',
    '  "profiles": {"staging": {"database": {"pool": {"size": 9}}}}',
    '}',
  ];
  await writeFile(file, lines.join('\n'));
  await chmod(file, 0o600);
});

const config = (words: readonly string[], options: ScalectlOptions = {}): Promise<ScalectlResult> =>
  runScalectl(['config', ...words], { cwd: folder, ...options });

async function settingOf(
  name: string,
  words: readonly string[] = [],
  options: ScalectlOptions = {},
): Promise<Setting> {
  const { json } = await config(['show', name, '--json', ...words], options);
  const { settings } = json?.result as { settings: Setting[] };
  const [found] = settings;
  if (!found || settings.length > 1) throw new Error(`not one setting: ${name}`);
  return found;
}

describe('config show', () => {
  it('gives each value with where it comes from, in the order of precedence', async () => {
    const pool = 'database.pool.size';
    expect(await settingOf(pool)).toMatchObject({ value: 7, source: 'file' });
    expect((await settingOf(pool)).place).toMatch(/scalectl\.config\.json, line 2, column \d+$/);
    expect(await settingOf(pool, ['--profile', 'staging'])).toMatchObject({ value: 9 });
    const env = { SCALECTL_DATABASE_POOL_SIZE: '11' };
    expect(await settingOf(pool, ['--profile', 'staging'], { env })).toMatchObject({
      value: 11,
      source: 'environment',
      place: 'SCALECTL_DATABASE_POOL_SIZE',
    });
    expect(await settingOf('database.connectTimeout')).toMatchObject({
      value: 5000,
      text: '5s',
      source: 'default',
    });
    const url = await settingOf('database.url', ['--db', 'mysql://other@127.0.0.1/other']);
    expect(url).toMatchObject({ source: 'flag', value: 'mysql://other@127.0.0.1/other' });
  });

  it('finds the file upward from the working directory', async () => {
    const { json } = await config(['show', 'queue', '--json'], {
      cwd: path.join(folder, 'below', 'deep'),
    });
    expect(json?.result).toMatchObject({ file });
  });

  it('masks a password and prints only what is set with --changed', async () => {
    const shown = await config(['show', '--changed']);
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
    expect(shown.stdout).toContain('mysql://shop:******@127.0.0.1:1/shop');
    expect(shown.stdout).not.toContain('geheim-1234');
    expect(shown.stdout).toContain('queue.concurrency');
    expect(shown.stdout).not.toContain('queue.leaseTime');
  });

  it('names the nearest setting for one that is not there', async () => {
    const wrong = await config(['show', 'database.pol.size', '--json']);
    expect(wrong).toMatchObject({ exitCode: 64, json: { error: { code: 'usage' } } });
    expect(wrong.json?.error?.hint).toContain('database.pool.size');
  });
});

describe('config check', () => {
  it('counts what each source gives, and reads every profile', async () => {
    const { exitCode, json } = await config(['check', '--json']);
    expect(exitCode).toBe(0);
    expect(json?.result).toMatchObject({ file, otherProfiles: ['staging'], sources: { file: 3 } });
  });

  it('says of a wrong value its name, what was found, what is allowed, and where', async () => {
    const other = path.join(folder, 'wrong.json');
    await writeFile(other, '{"database": {"port": 70000},\n "queue": {"leaseTime": 5}}');
    const wrong = await config(['check', '--config', other, '--json']);
    expect(wrong).toMatchObject({ exitCode: 78, json: { error: { code: 'config-invalid' } } });
    const message = wrong.json?.error?.message ?? '';
    for (const part of ['database.port', '70000', 'a whole number from 1 to 65535', 'line 1']) {
      expect(message).toContain(part);
    }
    // All of them at once.
    for (const part of ['queue.leaseTime', 'a duration such as', 'line 2']) {
      expect(message).toContain(part);
    }
  });

  it('names the variable that holds a wrong value', async () => {
    const env = { SCALECTL_QUEUE_CONCURRENCY: 'many' };
    const wrong = await config(['check', '--json'], { env });
    expect(wrong.exitCode).toBe(78);
    expect(wrong.json?.error?.message).toMatch(/SCALECTL_QUEUE_CONCURRENCY/);
    expect(wrong.json?.error?.message).toContain('many');
  });

  it('names the nearest key for an unknown one', async () => {
    const other = path.join(folder, 'unknown.json');
    await writeFile(other, '{"databse": {"port": 3306}}');
    const wrong = await config(['check', '--config', other]);
    expect(wrong).toMatchObject({ exitCode: 78, stdout: '' });
    expect(wrong.stderr).toContain('databse');
    expect(wrong.stderr).toContain('database');
  });

  it('says that a file does not exist, or has no such profile', async () => {
    const missing = await config(['check', '--config', 'nowhere.json', '--json']);
    expect(missing).toMatchObject({ exitCode: 78, json: { error: { code: 'config-unreadable' } } });
    const profile = await config(['check', '--profile', 'stagin', '--json']);
    expect(profile.exitCode).toBe(78);
    expect(`${profile.json?.error?.message} ${profile.json?.error?.hint}`).toContain('staging');
  });

  it.skipIf(process.platform === 'win32')(
    'warns of a password in a file that others can read',
    async () => {
      const open = path.join(folder, 'open.json');
      await writeFile(open, '{"database": {"url": "mysql://shop:geheim-1234@127.0.0.1/shop"}}');
      await chmod(open, 0o644);
      const { exitCode, json } = await config(['check', '--config', open, '--json']);
      expect(exitCode).toBe(0);
      expect(json?.warnings.join()).toMatch(/open to other accounts \(mode 644\).*database\.url/);
    },
  );

  it('reads the same settings from YAML', async () => {
    const yaml = path.join(folder, 'settings.yaml');
    await writeFile(yaml, 'database:\n  pool:\n    size: 4\n');
    const found = await settingOf('database.pool.size', ['--config', yaml]);
    expect(found).toMatchObject({ value: 4, source: 'file' });
    expect(found.place).toContain('line 3');
    await writeFile(yaml, 'database:\n  pool: [\n');
    const torn = await config(['check', '--config', yaml, '--json']);
    expect(torn).toMatchObject({ exitCode: 78, json: { error: { code: 'config-unreadable' } } });
    expect(torn.json?.error?.message).toMatch(/settings\.yaml, line \d+, column \d+/);
  });
});

describe('config explain', () => {
  it('tells value, source, meaning, unit, default and limits of a setting', async () => {
    const { exitCode, stdout } = await config(['explain', 'queue.concurrency']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^value +5$/m);
    expect(stdout).toMatch(/^from +.*line 3, column \d+$/m);
    expect(stdout).toMatch(/^default +4$/m);
    expect(stdout).toMatch(/^allowed +a whole number from 1 to 1000$/m);
    expect(stdout).toContain('How many jobs one queue process runs at once.');
    expect(stdout).toContain('SCALECTL_QUEUE_CONCURRENCY');
  });

  it('takes the name of a variable too, and works while the file is broken', async () => {
    const other = path.join(folder, 'broken.json');
    await writeFile(other, '{');
    const { exitCode, stdout, stderr } = await config([
      'explain',
      'SCALECTL_QUEUE_CONCURRENCY',
      '--config',
      other,
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('queue.concurrency');
    expect(stderr).toContain('the value here cannot be told');
  });

  it('never shows a secret', async () => {
    const { stdout } = await config(['explain', 'database.url']);
    expect(stdout).toContain('mysql://shop:******@127.0.0.1:1/shop');
    expect(stdout).not.toContain('geheim-1234');
  });
});
