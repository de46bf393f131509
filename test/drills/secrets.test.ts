import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { listSettings } from '../../src/config/settings/index.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import { harmlessWords, listCommands } from '../support/command-tree.ts';
import { freshDatabase } from '../support/database.ts';
import { freshRedis } from '../support/redis.ts';
import { runScalectl } from '../support/scalectl.ts';
import type { ScalectlResult } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** In every planted secret, so that a part of one is found too. No name, path or message has it. */
const mark = 'xq7Zv';
/** With what URLs, JSON and the shell write in another way. */
const databasePassword = `da/${mark}@"b #1%41`;
const redisPassword = `re'${mark}:d&2`;

/** Each way for a secret to come in. Commands take turns with them, and with text and JSON for each state of the servers: starting a process for every combination would take minutes. */
const ways = ['in the file', 'beside the file', 'in the environment'] as const;
type Way = (typeof ways)[number];

/** `demo` and `dashboard` go on by themselves and have tests of their own. */
const entries = listCommands().filter(({ name }) => !['demo', 'dashboard'].includes(name));
const turns = entries.map((entry, index) => ({
  ...entry,
  words: harmlessWords(entry),
  way: ways[index % ways.length] ?? ways[0],
  isEven: index % 2 === 0,
}));

let root = '';
const account = 'planted';
let servers: Record<'up' | 'down', { database: string; redis: string }>;

beforeAll(async () => {
  const database = await freshDatabase();
  const redis = await freshRedis();
  const user = `${account}_${database.name.slice(-8)}`;
  await database.query(
    `CREATE USER ${user}@'%' IDENTIFIED BY ${database.connection.escape(databasePassword)}`,
  );
  await database.query(`GRANT ALL ON ${database.name}.* TO ${user}@'%'`);
  await redis.client.call(
    'ACL',
    'SETUSER',
    user,
    'reset',
    'on',
    `>${redisPassword}`,
    '~*',
    '&*',
    '+@all',
  );
  atEndOfFile(async () => {
    await database.query(`DROP USER ${user}@'%'`);
    await redis.client.call('ACL', 'DELUSER', user);
  });
  const address = (url: string): string => new URL(url).host;
  servers = {
    up: {
      database: `mysql://${user}@${address(database.url)}/${database.name}`,
      redis: `redis://${user}@${address(redis.url)}/${redis.database}`,
    },
    down: {
      database: `mysql://${user}@127.0.0.1:1/${database.name}`,
      redis: `redis://${user}@127.0.0.1:1/0`,
    },
  };
  root = await temporaryFolder();
  for (const state of ['up', 'down'] as const) {
    for (const way of ways) await makeFolder(state, way);
  }
});

// Generous: the time of a process depends on what else the machine does.
describe.concurrent('a planted secret', { timeout: 180_000 }, () => {
  it.each(turns)('$way stays out of "$name"', async ({ words, way, isEven, command }) => {
    const formats = Object.values(command.options ?? {}).find(({ flags }) =>
      flags.startsWith('--format '),
    );
    const [asText, asJson] = [['--debug'], ['--json', '--debug']];
    const lines = [
      { state: 'up' as const, options: isEven ? asText : asJson },
      { state: 'down' as const, options: isEven ? asJson : asText },
      ...(formats?.choices ?? []).map((format) => ({
        state: 'up' as const,
        options: ['--format', format],
      })),
    ];
    const runs: ScalectlResult[] = [];
    // One after the other: vitest runs five commands at a time already.
    for (const { state, options } of lines)
      runs.push(await run(state, way, [...words, ...options]));
    for (const { stdout, stderr } of runs) {
      expect(stdout + stderr).not.toContain(mark);
      expect(stdout + stderr).not.toContain('this is a defect in scalectl');
    }
  });

  it.each(ways)('%s opens both servers, so that it was really used', async (way) => {
    const { json } = await run('up', way, ['health', '--window', '0ms', '--json']);
    const { checks } = json?.result as { checks: { id: string; status: string }[] };
    for (const id of ['database-reachable', 'cache-reachable']) {
      expect(checks.find((check) => check.id === id)).toMatchObject({ status: 'ok' });
    }
  });

  it('on the command line works, with a warning, and is shown nowhere', async () => {
    const url = servers.up.database.replace('@', `:${encodeURIComponent(databasePassword)}@`);
    const shown = await runScalectl(['config', 'show', 'database', '--json', '--db', url]);
    expect(shown.stdout + shown.stderr).not.toContain(mark);
    expect(shown.json?.warnings.join()).toContain('visible to other users');
    const used = await runScalectl(['optimize-db', 'history', '--db', url]);
    expect(used.exitCode).toBe(0);
    expect(used.stdout + used.stderr).not.toContain(mark);
  });

  it('that the server refuses stays out of the message', async () => {
    const url = servers.up.database.replace('@', `:wrong${mark}@`);
    const { exitCode, stdout, stderr } = await runScalectl(['optimize-db', 'plan', '--debug'], {
      env: { SCALECTL_DB_URL: url },
    });
    expect(exitCode).toBe(78);
    expect(stdout + stderr).not.toContain(mark);
  });
});

it('no run wrote a secret into a file', async () => {
  const planted = /scalectl\.config\.json$|\.secret$/;
  const files = (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  expect(files.filter((file) => planted.test(file)).length).toBeGreaterThan(5);
  for (const file of files.filter((name) => !planted.test(name))) {
    expect(await readFile(file, 'latin1'), file).not.toContain(mark);
  }
});

function run(state: 'up' | 'down', way: Way, words: readonly string[]): Promise<ScalectlResult> {
  const folder = folderOf(state, way);
  return runScalectl(words, {
    cwd: folder,
    env: {
      HOME: folder,
      XDG_CONFIG_HOME: path.join(folder, '.config'),
      XDG_DATA_HOME: path.join(folder, '.local', 'share'),
      XDG_STATE_HOME: path.join(folder, '.local', 'state'),
      SCALECTL_DATABASE_CONNECT_RETRIES: '0',
      ...(way === 'beside the file' ? { REDIS_PASSWORD_HERE: redisPassword } : {}),
      ...(way === 'in the environment' ? environmentOf(state) : {}),
    },
  });
}

function folderOf(state: 'up' | 'down', way: Way): string {
  return path.join(root, `${state}, ${way}`);
}

function environmentOf(state: 'up' | 'down'): Record<string, string> {
  return {
    SCALECTL_DB_URL: withPassword(servers[state].database, databasePassword),
    SCALECTL_REDIS_URL: withPassword(servers[state].redis, redisPassword),
    ...Object.fromEntries(
      otherSecrets().map(({ environmentName, value }) => [environmentName, value]),
    ),
  };
}

async function makeFolder(state: 'up' | 'down', way: Way): Promise<void> {
  const folder = folderOf(state, way);
  await mkdir(folder);
  const { database, redis } = servers[state];
  const config: Record<string, unknown> = {};
  if (way === 'in the file') {
    plant(config, 'database.url', withPassword(database, databasePassword));
    plant(config, 'cache.url', withPassword(redis, redisPassword));
    for (const { path: at, value } of otherSecrets()) plant(config, at, value);
  }
  if (way === 'beside the file') {
    plant(config, 'database', { url: database, password: { file: 'database.secret' } });
    // A user in the URL would bring an empty password with it.
    const { hostname, port, username, pathname } = new URL(redis);
    plant(config, 'cache', {
      host: hostname,
      port: Number(port),
      username,
      database: Number(pathname.slice(1)),
      password: { env: 'REDIS_PASSWORD_HERE' },
    });
    for (const { path: at, value } of otherSecrets()) {
      plant(config, at, { file: `${at}.secret` });
      await writeSecretly(path.join(folder, `${at}.secret`), value);
    }
    await writeSecretly(path.join(folder, 'database.secret'), `${databasePassword}\n`);
  }
  await writeSecretly(path.join(folder, 'scalectl.config.json'), JSON.stringify(config, null, 2));
}

async function writeSecretly(file: string, content: string): Promise<void> {
  await writeFile(file, content);
  await chmod(file, 0o600);
}

/** Every other setting that holds a secret, also those that come later. */
function otherSecrets(): { path: string; environmentName: string; value: string }[] {
  const used = ['database.url', 'database.password', 'cache.url', 'cache.password'];
  return listSettings()
    .filter(({ path: at, setting }) => setting.secret && !used.includes(at))
    .map(({ path: at, environmentName }) => ({
      path: at,
      environmentName,
      value: /(^|\.)\w*url$/i.test(at) ? `https://user:${mark}-url@127.0.0.1:1/` : `${mark}-${at}`,
    }));
}

function withPassword(url: string, password: string): string {
  return url.replace('@', `:${encodeURIComponent(password)}@`);
}

/** Puts a value at a path such as `database.url`, beside what stands there. */
function plant(config: Record<string, unknown>, at: string, value: unknown): void {
  const [first = '', ...rest] = at.split('.');
  if (rest.length === 0) {
    const before = config[first];
    config[first] = typeof before === 'object' ? { ...before, ...(value as object) } : value;
    return;
  }
  config[first] ??= {};
  plant(config[first] as Record<string, unknown>, rest.join('.'), value);
}
