import { chmodSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportSettings } from '../../../src/config/describe.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { LoadedConfig, LoadOptions } from '../../../src/config/load.ts';
import { redact } from '../../../src/config/redact.ts';
import { listSettings } from '../../../src/config/settings/index.ts';
import { ScalectlError } from '../../../src/errors.ts';
import { folderWith } from './folders.ts';

/** Files by name; objects are written as JSON. */
type Files = Record<string, string | object>;

interface Given extends Partial<Omit<LoadOptions, 'workingDirectory'>> {
  /** The working directory, from the folder. */
  from?: string;
}

async function load(files: Files, given: Given = {}): Promise<LoadedConfig> {
  return (await loadIn(files, given)).loaded;
}

async function loadIn(
  files: Files,
  { from = '.', ...options }: Given = {},
): Promise<{ folder: string; loaded: LoadedConfig }> {
  const texts = Object.entries(files).map(([name, content]) => [
    name,
    typeof content === 'string' ? content : JSON.stringify(content, null, 2),
  ]);
  const folder = folderWith(Object.fromEntries(texts) as Record<string, string>);
  const workingDirectory = path.join(folder, from);
  mkdirSync(workingDirectory, { recursive: true });
  const environment = { XDG_CONFIG_HOME: path.join(folder, 'user-config'), ...options.environment };
  return { folder, loaded: await loadConfig({ ...options, workingDirectory, environment }) };
}

async function failure(files: Files, given: Given = {}): Promise<ScalectlError> {
  const error: unknown = await load(files, given).catch((thrown: unknown) => thrown);
  if (error instanceof ScalectlError) return error;
  throw new Error('loading did not fail', { cause: error });
}

const config = (values: object): Files => ({ 'scalectl.config.json': values });
const platform = (code: string): Files => ({
  'includes/config.php': `<?php define('DB_NAME', 'from-php'); ${code}`,
});

describe('a secret inside a structure', () => {
  const handlers = (secret: unknown) => ({ notify: { http: 'https://shop.example/', secret } });

  it('is read from where {"env"} and {"file"} say, and masked', async () => {
    const environment = { NOTIFY_SECRET: 'of-the-environment' };
    const fromEnvironment = await load(
      config({ queue: { handlers: handlers({ env: 'NOTIFY_SECRET' }) } }),
      {
        environment,
      },
    );
    expect(fromEnvironment.values.queue.handlers).toEqual(handlers('of-the-environment'));
    const fromFile = await load({
      ...config({ queue: { handlers: handlers({ file: 'notify.txt' }) } }),
      'notify.txt': 'of-the-file-it-is\n',
    });
    expect(fromFile.values.queue.handlers).toEqual(handlers('of-the-file-it-is'));
    const asText = await load(
      {},
      {
        environment: {
          ...environment,
          SCALECTL_QUEUE_HANDLERS: JSON.stringify(handlers({ env: 'NOTIFY_SECRET' })),
        },
      },
    );
    expect(asText.values.queue.handlers).toEqual(handlers('of-the-environment'));
    expect(redact('of-the-environment of-the-file-it-is')).toBe('****** ******');
    const shown = reportSettings(fromFile).find(({ path: at }) => at === 'queue.handlers');
    expect(shown?.text).toBe('{"notify":{"http":"https://shop.example/","secret":"******"}}');
  });

  it('that is not there is told with its place', async () => {
    const error = await failure(config({ queue: { handlers: handlers({ env: 'NO_SUCH' }) } }));
    expect(error.message).toMatch(
      /^queue\.handlers\.notify\.secret names the environment variable NO_SUCH, which is not set /,
    );
  });
});

describe('precedence', () => {
  const everywhere = {
    ...config({
      database: { name: 'base' },
      profiles: { staging: { database: { name: 'staged' } } },
    }),
    ...platform(''),
  };
  const environment = { SCALECTL_DATABASE_NAME: 'from-environment' };

  it.each<[string, Files, Given, string | null, string]>([
    [
      'a flag',
      everywhere,
      { environment, flags: { 'database.name': 'from-flag' } },
      'from-flag',
      'flag',
    ],
    [
      'the environment',
      everywhere,
      { environment, profile: 'staging' },
      'from-environment',
      'environment',
    ],
    ['the profile', everywhere, { profile: 'staging' }, 'staged', 'file'],
    ['the file', everywhere, {}, 'base', 'file'],
    ['the platform', platform(''), {}, 'from-php', 'discovered'],
    ['the default', {}, {}, null, 'default'],
  ])('%s wins over what stands below it', async (_, files, given, value, kind) => {
    const { values, origins } = await load(files, given);
    expect(values.database.name).toBe(value);
    expect(origins.get('database.name')?.kind).toBe(kind);
  });

  it('is decided for each setting alone', async () => {
    const { values } = await load(config({ database: { port: 3307, user: 'u' } }), {
      environment: { SCALECTL_DATABASE_PORT: '3308' },
    });
    expect(values.database).toMatchObject({ port: 3308, user: 'u', host: '127.0.0.1' });
  });
});

describe('the environment', () => {
  it('knows every setting by its path in upper snake case', () => {
    const names = new Map(listSettings().map((entry) => [entry.path, entry.environmentName]));
    expect(names.get('database.pool.size')).toBe('SCALECTL_DATABASE_POOL_SIZE');
    expect(names.get('database.connectTimeout')).toBe('SCALECTL_DATABASE_CONNECT_TIMEOUT');
    expect(names.get('health.thresholds.cacheHitRate.warning')).toBe(
      'SCALECTL_HEALTH_THRESHOLDS_CACHE_HIT_RATE_WARNING',
    );
    expect(new Set(names.values()).size).toBe(names.size);
  });

  it('has short names for the two URLs, and says which variable a value is from', async () => {
    const { values, origins } = await load(
      {},
      {
        environment: {
          SCALECTL_DB_URL: 'mysql://u@h/n',
          SCALECTL_REDIS_URL: 'redis://h',
        },
      },
    );
    expect(values.database.url).toBe('mysql://u@h/n');
    expect(values.cache.url).toBe('redis://h');
    expect(origins.get('database.url')?.place).toBe('SCALECTL_DB_URL');
  });

  it.each([
    [{ SCALECTL_DB_URL: 'mysql://u@short/n', SCALECTL_DATABASE_URL: 'mysql://u@long/n' }],
    [{ SCALECTL_DATABASE_URL: 'mysql://u@long/n', SCALECTL_DB_URL: 'mysql://u@short/n' }],
  ])('prefers the regular name to the short one, in whatever order: %j', async (environment) => {
    expect((await load({}, { environment })).values.database.url).toBe('mysql://u@long/n');
  });

  it('takes an empty variable for one that is not set', async () => {
    const { values } = await load({}, { environment: { SCALECTL_DATABASE_PORT: '' } });
    expect(values.database.port).toBe(3306);
  });

  it('warns of a name that is no setting, with the nearest one', async () => {
    const { warnings } = await load({}, { environment: { SCALECTL_DATABSE_PORT: '1' } });
    expect(warnings).toEqual([
      'SCALECTL_DATABSE_PORT is no setting of scalectl; did you mean SCALECTL_DATABASE_PORT?',
    ]);
  });

  it('brings texts to their types: numbers, durations, sizes, booleans, lists, JSON', async () => {
    const { values } = await load(
      {},
      {
        environment: {
          SCALECTL_DATABASE_POOL_SIZE: '7',
          SCALECTL_DATABASE_CONNECT_TIMEOUT: '1.5s',
          SCALECTL_SCHEDULE_LOG_MAX_SIZE: '2MB',
          SCALECTL_DATABASE_SSH_STRICT_HOST_KEYS: 'off',
          SCALECTL_DATABASE_REPLICA_URLS: 'mysql://a/x, mysql://b/x',
          SCALECTL_QUEUE_HANDLERS: '{"mark":{"command":["true"],"timeout":"5s"}}',
        },
      },
    );
    expect(values.database.pool.size).toBe(7);
    expect(values.database.connectTimeout).toBe(1500);
    expect(values.schedule.log.maxSize).toBe(2 * 1024 ** 2);
    expect(values.database.ssh.strictHostKeys).toBe(false);
    expect(values.database.replicaUrls).toEqual(['mysql://a/x', 'mysql://b/x']);
    expect(values.queue.handlers).toEqual({ mark: { command: ['true'], timeout: 5000 } });
  });
});

describe('profiles', () => {
  const files = config({
    database: { name: 'base', pool: { size: 2 }, url: 'mysql://base/x' },
    profiles: { staging: { database: { url: null, name: 'staged' } } },
  });

  it('change what they name and keep the rest of the file', async () => {
    const { values, profile, profiles } = await load(files, { profile: 'staging' });
    expect(values.database).toMatchObject({ name: 'staged', url: null, pool: { size: 2 } });
    expect([profile, profiles]).toEqual(['staging', ['staging']]);
  });

  it('can be chosen by the environment; a flag goes before', async () => {
    const environment = { SCALECTL_PROFILE: 'staging' };
    expect((await load(files, { environment })).values.database.name).toBe('staged');
    expect((await failure(files, { environment, profile: 'live' })).message).toBe(
      'there is no profile "live"',
    );
  });

  it.each(['live', '__proto__', 'constructor'])(
    'that are not there are refused: %s',
    async (name) => {
      const error = await failure(files, { profile: name });
      expect(error).toMatchObject({ code: 'config-invalid', hint: 'Profiles: staging' });
    },
  );

  it('need a file', async () => {
    expect((await failure({}, { profile: 'staging' })).exitCode).toBe(78);
  });
});

describe('a wrong value', () => {
  it.each<[string, object, string, string]>([
    [
      'a number out of its limits',
      { pool: { size: 0 } },
      'database.pool.size is 0',
      'a whole number from 1 to 100',
    ],
    [
      'a text for a number',
      { port: 'x' },
      'database.port is "x"',
      'a whole number from 1 to 65535',
    ],
    ['a fraction', { port: 1.5 }, 'database.port is 1.5', 'a whole number'],
    [
      'a bare number for a duration',
      { connectTimeout: 5 },
      'database.connectTimeout is 5',
      'a duration such as 250ms, 30s',
    ],
    [
      'a unit that is none',
      { connectTimeout: '5x' },
      'database.connectTimeout is "5x"',
      'a duration',
    ],
    [
      'a choice that is none',
      { tls: { mode: 'on' } },
      'database.tls.mode is "on"',
      'one of off, require, verify',
    ],
    ['null where a value must be', { host: null }, 'database.host is null', 'a text'],
    ['a list for a text', { name: ['a'] }, 'database.name is ["a"]', 'a text'],
  ])(
    'is named with what was found, what is allowed and where: %s',
    async (_, database, found, allowed) => {
      const error = await failure(config({ database }));
      expect(error.code).toBe('config-invalid');
      expect(error.exitCode).toBe(78);
      expect(error.message).toContain(found);
      expect(error.message).toContain(`allowed: ${allowed}`);
      expect(error.message).toMatch(/scalectl\.config\.json, line \d+, column \d+\)$/);
    },
  );

  it('tells the very line and column', async () => {
    const text = '{\n  "database": {\n    "port": 70000\n  }\n}';
    const error = await failure({ 'scalectl.config.json': text });
    expect(error.message).toMatch(/config\.json, line 3, column 13\)$/);
    const yaml = await failure({ 'scalectl.config.yaml': 'database:\n  port: 70000\n' });
    expect(yaml.message).toMatch(/config\.yaml, line 2, column 9\)$/);
  });

  it('within a structure is named to the part that is wrong', async () => {
    const handlers = { mail: { command: ['php'] }, sms: { command: ['php'], timeout: '5x' } };
    const error = await failure(config({ queue: { handlers } }));
    expect(error.message).toMatch(/^queue\.handlers\.sms\.timeout is "5x"; allowed: /);
  });

  it.each<[unknown, string]>([
    [{}, '{}'],
    [{ command: ['x'], php: 'x.php' }, '{"command":["x"],"php":"x.php"}'],
    [{ http: 'http://shop.example/', secret: 'a-planted-secret-1' }, '"http://shop.example/"'],
    [{ http: 'https://shop.example/', secret: 'a-secret-2' }, 'not such a value'],
    [{ http: 'https://shop.example/', php: 'x', secret: 'a-secret-3' }, '{"http":'],
    ['php', '"php"'],
  ])('%j is no handler, and its secret is not told', async (handler, shown) => {
    const error = await failure(config({ queue: { handlers: { notify: handler } } }));
    expect(error.message).toMatch(/^queue\.handlers\.notify/);
    expect(error.message).toContain(` is ${shown}`);
    expect(error.message).toContain('exactly one of {"command"');
    expect(error.message).not.toMatch(/a-(planted-)?secret-\d/);
  });

  it('that is a text of broken JSON is not shown: a secret may stand anywhere in it', async () => {
    const error = await failure(
      {},
      {
        environment: { SCALECTL_QUEUE_HANDLERS: '{"x":{"http":"https://x/","secret":"a-secret-4}' },
      },
    );
    expect(error.message).toMatch(/^queue\.handlers is a text that is no JSON; /);
    expect(error.message).not.toContain('a-secret-4');
  });

  it('of the environment is told with the variable', async () => {
    const error = await failure({}, { environment: { SCALECTL_DATABASE_PORT: '99999' } });
    expect(error.message).toBe(
      'database.port is "99999"; allowed: a whole number from 1 to 65535 (SCALECTL_DATABASE_PORT)',
    );
  });

  it('of a flag is wrong usage', async () => {
    const error = await failure({}, { flags: { 'database.url': 'shop' } });
    expect(error).toMatchObject({ code: 'usage', exitCode: 64 });
    expect(error.message).toMatch(/^--db is not such a value; allowed: mysql:/);
  });

  it('does not hide the others', async () => {
    const error = await failure(config({ database: { port: 0, pool: { size: 0 } }, cash: {} }));
    expect(error.message.split('\n')).toHaveLength(4);
    expect(error.message).toMatch(/^3 settings are wrong:\n {2}cash is no setting/);
  });

  it('of the platform is told, and the default stands in: no command fails for it', async () => {
    const { values, warnings, origins } = await load(
      platform(`define('DB_PORT', 99999); define('DB_READ_TIMEOUT', 'soon');`),
    );
    expect(values.database).toMatchObject({ name: 'from-php', port: 3306, readTimeout: 30_000 });
    expect(origins.get('database.port')?.kind).toBe('default');
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toBe(
      'a value of the platform is not used: database.port is 99999; allowed: a whole number from 1 to 65535 (DB_PORT in includes/config.php, line 1)',
    );
  });
});

describe('an unknown setting', () => {
  it('is named with its place and the nearest one', async () => {
    const error = await failure(config({ database: { pool: { sise: 3 } } }));
    expect(error.message).toMatch(/^database\.pool\.sise is no setting \(.*line 4/);
    expect(error.hint).toBe('Did you mean database.pool.size?');
  });

  it.each([
    ['a text', 'planted-password'],
    ['a list', ['planted-password']],
    ['a number', 5],
  ])('a section that is %s is told without the value', async (kind, value) => {
    const error = await failure(config({ database: value }));
    expect(error.message).toContain(`database is ${kind}; it is a section with url, host`);
    expect(error.message).not.toContain('planted');
  });

  it('a section with nothing in it is fine', async () => {
    expect((await load({ 'scalectl.config.yaml': 'database:\n' })).values.database.port).toBe(3306);
  });
});

describe('the file', () => {
  it('is found upward from the working directory', async () => {
    const { folder, loaded } = await loadIn(config({ database: { name: 'x' } }), { from: 'a/b/c' });
    expect(loaded.file).toBe(path.join(folder, 'scalectl.config.json'));
  });

  it('is found in the configuration folder of the user', async () => {
    const { loaded } = await loadIn(
      { 'user-config/scalectl/scalectl.config.yaml': 'database: {name: mine}' },
      { from: 'work' },
    );
    expect(loaded.values.database.name).toBe('mine');
  });

  it('can be named; one that is not there is an error', async () => {
    const files = { ...config({}), 'other.yml': 'database: {name: other}' };
    expect((await load(files, { file: 'other.yml' })).values.database.name).toBe('other');
    const environment = { SCALECTL_CONFIG: 'other.yml' };
    expect((await load(files, { environment })).values.database.name).toBe('other');
    expect(await failure(files, { file: 'missing.json' })).toMatchObject({
      code: 'config-unreadable',
    });
  });

  it.each<[string, string, string, RegExp]>([
    [
      'JSON with a comma missing',
      'scalectl.config.json',
      '{\n "database": {}\n "cache": {}\n}',
      /line 3, column 2: comma expected/,
    ],
    [
      'JSON cut off',
      'scalectl.config.json',
      '{"database": {',
      /line 1, column 15: close brace expected/,
    ],
    [
      'JSON with comments',
      'scalectl.config.json',
      '{\n// why\n}',
      /line 2, column 1: invalid comment token/,
    ],
    ['an empty file', 'scalectl.config.json', '', /line 1, column 1: /],
    ['a list', 'scalectl.config.json', '[]', /one object of sections/],
    [
      'a name that stands twice',
      'scalectl.config.json',
      '{"database":{},\n"database":{}}',
      /line 2, column 1: "database" stands twice/,
    ],
    [
      'YAML out of line',
      'scalectl.config.yaml',
      'database:\n  name: a\n port: 1\n',
      /line 3, column 1: /,
    ],
    [
      'YAML with a tab',
      'scalectl.config.yaml',
      'database:\n\tname: a\n',
      /line 2, column 1: Tabs are not allowed/,
    ],
    [
      'YAML with a name twice',
      'scalectl.config.yaml',
      'cache: {}\ncache: {}\n',
      /line 2, column 1: Map keys must be unique/,
    ],
    [
      'a YAML alias',
      'scalectl.config.yaml',
      'database:\n  password: *planted\n',
      /line 2, column 13: an alias without its anchor/,
    ],
    [
      'YAML that holds itself',
      'scalectl.config.yaml',
      'cache: &a\n  prefix: *a\n',
      /anchors refer to themselves/,
    ],
  ])('that is broken is refused with line and column: %s', async (_, name, content, expected) => {
    const error = await failure({ [name]: content });
    expect(error).toMatchObject({ code: 'config-unreadable', exitCode: 78 });
    expect(error.message).toMatch(expected);
    expect(error.message).not.toContain('planted');
  });

  it.each([
    ['yaml', 'database:\n  password: "planted\n'],
    ['yaml', 'database: {password: planted, x\n'],
    ['yaml', 'database: "a" planted\n'],
    ['json', '{"database": {"password": "planted\n}}'],
    ['json', '{"database": {"password": planted}}'],
  ])('that is broken does not show what stands in it: %s %j', async (kind, content) => {
    const error = await failure({ [`scalectl.config.${kind}`]: content });
    expect(`${error.message} ${error.hint}`).not.toContain('planted');
  });

  it('may begin with a byte order mark', async () => {
    const files = { 'scalectl.config.json': '\uFEFF{"database":{"name":"x"}}' };
    expect((await load(files)).values.database.name).toBe('x');
  });

  it.skipIf(process.getuid?.() !== 0)(
    'of another user in a folder open to everybody is not taken by itself',
    async () => {
      const { chownSync } = await import('node:fs');
      const folder = folderWith({ 'scalectl.config.json': '{}' });
      chownSync(path.join(folder, 'scalectl.config.json'), 12345, 12345);
      const options = { workingDirectory: folder, environment: {} };
      expect((await loadConfig(options)).file).not.toBeNull();
      chmodSync(folder, 0o1777);
      await expect(loadConfig(options)).rejects.toMatchObject({ code: 'config-unreadable' });
      const named = await loadConfig({ ...options, file: 'scalectl.config.json' });
      expect(named.file).not.toBeNull();
    },
  );
});

describe('secrets', () => {
  it('can be named by a variable or a file beside the configuration', async () => {
    const { values } = await load(
      {
        ...config({
          database: { password: { file: 'db.secret' } },
          cache: { password: { env: 'REDIS_SECRET' } },
        }),
        'db.secret': 'from a file\n',
      },
      { environment: { REDIS_SECRET: 'from a variable' }, from: 'below' },
    );
    expect(values.database.password).toBe('from a file');
    expect(values.cache.password).toBe('from a variable');
  });

  it.each<[string, unknown, RegExp]>([
    [
      'a variable that is not set',
      { env: 'NOT_THERE' },
      /names the environment variable NOT_THERE, which is not set/,
    ],
    [
      'a file that is not there',
      { file: 'nowhere' },
      /names the file .*nowhere, which does not exist/,
    ],
    ['a folder', { file: '.' }, /which cannot be read \(EISDIR\)/],
    ['a wrong word', { evn: 'X' }, /is not such a value; allowed: a text, \{"env":"NAME"\}/],
    ['both', { env: 'X', file: 'y' }, /is not such a value/],
    ['a number', 12345, /is a number \(put it in quotes\)/],
  ])('are refused with the reason: %s', async (_, password, expected) => {
    const error = await failure(config({ database: { password } }));
    expect(error.code).toBe('config-invalid');
    expect(error.message).toMatch(expected);
  });

  it('are masked wherever they turn up, also those that another source overrules', async () => {
    await load(
      {
        ...config({
          database: { password: 'in-the-file', replicaUrls: ['mysql://u:in-a-list@h/n'] },
          queue: { handlers: {} },
        }),
        ...platform(`define('DB_PASS', 'in-php');`),
      },
      {
        environment: {
          SCALECTL_DATABASE_PASSWORD: 'in-the-environment',
          SCALECTL_REDIS_URL: 'redis://u:in%20a%20url@h',
        },
      },
    );
    const said = 'in-the-file in-a-list in-php in-the-environment in%20a%20url "in a url"';
    expect(redact(said)).toBe('****** ****** ****** ****** ****** "******"');
  });
});

describe('paths', () => {
  it('in a file are taken from beside it, elsewhere from the working directory', async () => {
    const { folder, loaded } = await loadIn(
      config({ database: { tls: { ca: 'certs/ca.pem', key: '~/key.pem' } } }),
      { from: 'a/b', environment: { SCALECTL_DATABASE_TLS_CERT: 'cert.pem' } },
    );
    expect(loaded.values.database.tls).toMatchObject({
      ca: path.join(folder, 'certs/ca.pem'),
      cert: path.join(folder, 'a/b/cert.pem'),
      key: path.join(os.homedir(), 'key.pem'),
    });
  });
});

describe('the platform', () => {
  it('is found from a folder within it, and its folder is a setting', async () => {
    const { folder, loaded } = await loadIn(platform(''), { from: 'admin/reports' });
    expect(loaded.values.platform.dir).toBe(folder);
    expect(loaded.origins.get('database.name')?.place).toBe(
      'DB_NAME in includes/config.php, line 1',
    );
  });

  it('can be named in the file, from beside it', async () => {
    const { folder, loaded } = await loadIn(
      {
        'etc/scalectl.config.json': { platform: { dir: '../my shop' } },
        'my shop/includes/config.php': `<?php define('DB_NAME', 'named');`,
      },
      { from: 'elsewhere', file: '../etc/scalectl.config.json' },
    );
    expect(loaded.values.database.name).toBe('named');
    expect(loaded.values.platform.dir).toBe(path.join(folder, 'my shop'));
  });

  it('that is named must be one', async () => {
    const error = await failure(config({ platform: { dir: 'nowhere' } }));
    expect(error.message).toMatch(/^platform\.dir is .*nowhere, which has neither includes/);
  });

  it('can be left out', async () => {
    const { values, discovery } = await load({
      ...platform(''),
      ...config({ platform: { dir: null } }),
    });
    expect([values.database.name, discovery]).toEqual([null, null]);
  });

  it('gives no part of its address beside a URL: its password must not go to another server', async () => {
    const { values } = await load(
      platform(`define('DB_HOST', 'own'); define('DB_PASS', 'own-secret');`),
      {
        flags: { 'database.url': 'mysql://root@other/shop' },
      },
    );
    expect(values.database).toMatchObject({ password: null, name: null, host: '127.0.0.1' });
  });

  it('lends its account to a host that the operator names, but not its socket', async () => {
    const { values } = await load(
      platform(`define('DB_HOST', ':/run/own.sock'); define('DB_USER', 'shop');`),
      { environment: { SCALECTL_DATABASE_HOST: 'replica' } },
    );
    expect(values.database).toMatchObject({ host: 'replica', socketPath: null, user: 'shop' });
  });
});

describe('a URL and parts of an address', () => {
  it('of a stronger source that the URL overrides are told', async () => {
    const { warnings } = await load(config({ database: { url: 'mysql://u@h/n' } }), {
      environment: { SCALECTL_DATABASE_NAME: 'other' },
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^database\.name \(SCALECTL_DATABASE_NAME\) is not used: database\.url \(.*\) names it all$/,
    );
  });
});
