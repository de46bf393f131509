import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  discoverSettings,
  findPlatformFolder,
  hasPlatformSettings,
} from '../../../src/config/discover.ts';
import type { Discovery } from '../../../src/config/discover.ts';
import { loadPhpParser } from '../../../src/config/php/parse.ts';
import { redact } from '../../../src/config/redact.ts';
import { listSettings } from '../../../src/config/settings/index.ts';
import { folderWith } from './folders.ts';

function discover(
  php: string | Uint8Array,
  others: Record<string, string> = {},
): Promise<Discovery> {
  return discoverSettings(folderWith({ 'includes/config.php': php, ...others }));
}

/** By setting path. */
function valuesOf({ settings }: Discovery): Record<string, unknown> {
  return Object.fromEntries(settings.map(({ path: at, value }) => [at, value]));
}

const platformConfig = `<?php
/**
 * Settings of the shop
 */
define('DB_HOST', '127.0.0.1');
define('DB_USER', 'shop');
define("DB_PASS", 'it\\'s "quoted" \\\\ and $dollar');
define('DB_NAME', 'b2b_billing_system');
define('DB_POOL_SIZE', 50);
define('DB_CONNECTION_TIMEOUT', 7);
define('DB_READ_TIMEOUT', '45');
define('SLOW_QUERY_THRESHOLD', 0.5);
define('CACHE_ENABLED', true);
define('CACHE_TYPE', 'redis');
define('CACHE_HOST', '10.0.0.9');
define('CACHE_PORT', 6380);
define('PRODUCT_CACHE_TTL', 1800);
define('CACHE_PRODUCT_TTL', 1800);
define('RATE_LIMIT_REQUESTS', 100);
define('API_RATE_LIMIT', 1000);
define('QUEUE_DRIVER', 'file');
define('HEALTH_CHECK_INTERVAL', 600);
define('LOG_MAX_SIZE', 10485760);
define('LOG_RETENTION_DAYS', 14);
define('SMTP_PASSWORD', 'never-shown');
`;

describe('the settings file of the platform', () => {
  it('gives the settings that its literal constants stand for', async () => {
    expect(valuesOf(await discover(platformConfig))).toEqual({
      'database.host': '127.0.0.1',
      'database.user': 'shop',
      'database.password': `it's "quoted" \\ and $dollar`,
      'database.name': 'b2b_billing_system',
      'database.connectTimeout': '7000ms',
      'database.readTimeout': '45000ms',
      'database.slowThreshold': '500ms',
      'cache.driver': 'redis',
      'cache.host': '10.0.0.9',
      'cache.port': 6380,
      'schedule.health.cron': '*/10 * * * *',
      'schedule.log.maxSize': 10485760,
      'schedule.log.retention': '14d',
    });
  });

  it('names settings that there are', async () => {
    const known = new Set(listSettings().map((entry) => entry.path));
    const { settings } = await discover(platformConfig);
    expect(settings.filter((found) => !known.has(found.path))).toEqual([]);
  });

  it('tells where each one stands', async () => {
    const { settings } = await discover(platformConfig);
    expect(settings.find((found) => found.path === 'database.password')).toMatchObject({
      name: 'DB_PASS',
      place: 'includes/config.php, line 7',
    });
  });

  it('shows the size of the old pool and does not use it', async () => {
    const { unused } = await discover(platformConfig);
    expect(unused.find(({ name }) => name === 'DB_POOL_SIZE')).toEqual({
      name: 'DB_POOL_SIZE',
      value: '50',
      place: 'includes/config.php, line 9',
      reason: 'scalectl opens as few connections as it needs: see database.pool.size',
    });
  });

  it('gives a reason for every known constant that it leaves alone, and ignores what is not its business', async () => {
    const { unused } = await discover(platformConfig);
    expect(unused.map(({ name }) => name)).toEqual([
      'DB_POOL_SIZE',
      'CACHE_ENABLED',
      'CACHE_PRODUCT_TTL',
      'RATE_LIMIT_REQUESTS',
      'API_RATE_LIMIT',
      'QUEUE_DRIVER',
    ]);
    expect(unused.every(({ reason }) => reason.length > 10)).toBe(true);
  });

  it('lets the password turn up in no text', async () => {
    await discover(`<?php define('DB_PASS', 'planted-in-php');`);
    expect(redact('login with planted-in-php failed')).toBe('login with ****** failed');
  });
});

describe('the forms in which PHP writes a literal', () => {
  it.each([
    ['a const declaration', `const DB_NAME = 'shop';`, 'shop'],
    ['several in one', `const A = 1, DB_NAME = "shop";`, 'shop'],
    ['a constant of a namespace', `namespace App; const DB_NAME = 'shop';`, 'shop'],
    ['a call in capitals with a leading backslash', `\\DEFINE('DB_NAME', 'shop');`, 'shop'],
    ['named arguments', `define(constant_name: 'DB_NAME', value: 'shop');`, 'shop'],
    ['escapes of a double-quoted text', `define('DB_NAME', "a\\x41\\t\\$b\\u{e9}");`, 'aA\t$bé'],
    ['no escapes in a single-quoted one', `define('DB_NAME', 'a\\x41\\n$b');`, 'a\\x41\\n$b'],
    ['a nowdoc', `define('DB_NAME', <<<'END'\nshop\nEND\n);`, 'shop'],
    ['a heredoc without variables', `define('DB_NAME', <<<END\n  shop\n  END);`, 'shop'],
    ['another constant', `const NAME = 'shop'; define('DB_NAME', NAME);`, 'shop'],
    [
      'an entry of a constant array',
      `const DB = ['n' => ['x']]; define('DB_NAME', DB['n'][0]);`,
      'x',
    ],
    ['a short open tag', `?><? define('DB_NAME', 'shop') ?>`, 'shop'],
    ['a text of digits', `define('DB_NAME', '2024');`, '2024'],
  ])('%s', async (_, code, expected) => {
    expect(valuesOf(await discover(`<?php ${code}`))).toEqual({ 'database.name': expected });
  });

  it.each([
    ['3_307', 3307],
    ['0xCEB', 3307],
    ['06353', 3307],
    ['0b110011101011', 3307],
    ['+3307', 3307],
    [`'3307'`, '3307'],
  ])('the number %s', async (source, expected) => {
    expect(valuesOf(await discover(`<?php define('DB_PORT', ${source});`))).toEqual({
      'database.port': expected,
    });
  });

  it('reads a file with a byte order mark and Windows line ends', async () => {
    const found = await discover(`\uFEFF<?php\r\n\r\ndefine('DB_NAME', 'shop');\r\n`);
    expect(found.settings).toEqual([
      {
        path: 'database.name',
        value: 'shop',
        name: 'DB_NAME',
        place: 'includes/config.php, line 3',
      },
    ]);
  });

  it('keeps an empty password: root on a developer machine has none', async () => {
    expect(valuesOf(await discover(`<?php define('DB_PASS', '');`))).toEqual({
      'database.password': '',
    });
  });

  it('reads a password of digits as text', async () => {
    expect(valuesOf(await discover(`<?php define('DB_PASS', 12345);`))).toEqual({
      'database.password': '12345',
    });
  });
});

describe('what is computed', () => {
  it.each([
    [`getenv('DB_PASS') ?: 'fallback'`, 'computed with getenv()'],
    [`$_ENV['DB_PASS'] ?? 'fallback'`, 'a computed expression'],
    [`'pre' . 'fix'`, 'a concatenation'],
    [`"pre$x"`, 'a text with variables in it'],
    [`$password`, 'the variable $password'],
    [`trim(file_get_contents('/run/secret'))`, 'computed with trim()'],
    [`Secrets::DB`, 'a computed expression'],
    [`UNKNOWN_CONSTANT`, 'the constant UNKNOWN_CONSTANT, unknown here'],
    [`"\\xe2\\x82\\xac"`, 'text written in bytes'],
  ])('%s is named with its line, and with the setting to use instead', async (source, reason) => {
    const found = await discover(`<?php\n\ndefine('DB_PASS', ${source});`);
    expect(found.settings).toEqual([]);
    expect(found.unreadable).toEqual([
      {
        name: 'DB_PASS',
        place: 'includes/config.php, line 3',
        reason: `${reason}; scalectl takes it from database.password`,
      },
    ]);
  });

  it('never repeats a part of the source: it may be the password', async () => {
    const found = await discover(
      `<?php define('DB_PASS', decrypt('planted-secret') . 'planted-tail'); define('DB_PASS2' 'planted-torn'`,
    );
    expect(JSON.stringify(found)).not.toContain('planted');
  });

  it('is not run', async () => {
    const folder = folderWith({
      'includes/config.php': `<?php touch(__DIR__ . '/was-run'); define('DB_NAME', 'shop');`,
    });
    await discoverSettings(folder);
    expect(findPlatformFolder(folder)).toBe(folder);
    expect(hasPlatformSettings(path.join(folder, 'includes'))).toBe(false);
  });

  it('is named when even the name of the constant is computed', async () => {
    const { unreadable } = await discover(`<?php foreach ($all as $k => $v) { define($k, $v); }`);
    expect(unreadable).toEqual([
      {
        name: 'define()',
        place: 'includes/config.php, line 1',
        reason: 'the name of the constant is computed',
      },
    ]);
  });
});

describe('conditions', () => {
  it.each([
    ['!defined', `if (!defined('DB_NAME')) { define('DB_NAME', 'a'); }`],
    ['defined or', `defined('DB_NAME') or define('DB_NAME', 'a');`],
    ['defined ||', `defined('DB_NAME') || define('DB_NAME', 'a');`],
    ['defined ?:', `defined('DB_NAME') ? null : define('DB_NAME', 'a');`],
    [
      'an include guard',
      `if (!defined('LOADED')) { define('LOADED', 1); define('DB_NAME', 'a'); }`,
    ],
    ['the first of two', `define('DB_NAME', 'a'); define('DB_NAME', 'b');`],
    [
      'a second that is guarded',
      `define('DB_NAME', 'a'); if (!defined('DB_NAME')) define('DB_NAME', 'b');`,
    ],
    ['two branches that agree', `if ($x) define('DB_NAME', 'a'); else define('DB_NAME', 'a');`],
    ['a condition before the sure one', `if ($x) define('DB_NAME', 'a'); define('DB_NAME', 'a');`],
    ['try', `try { define('DB_NAME', 'a'); } catch (Exception $e) { define('DB_NAME', 'b'); }`],
  ])('%s', async (_, code) => {
    expect(valuesOf(await discover(`<?php ${code}`))).toEqual({ 'database.name': 'a' });
  });

  it('that nobody can tell from the source make the value unreadable', async () => {
    const found = await discover(`<?php
if ($_SERVER['HTTP_HOST'] === 'localhost') {
  define('DB_NAME', 'local');
} else {
  define('DB_NAME', 'live');
}`);
    expect(found.settings).toEqual([]);
    expect(found.unreadable).toEqual([
      {
        name: 'DB_NAME',
        place: 'includes/config.php, line 3',
        reason:
          'differs under a condition: includes/config.php, line 5; scalectl takes it from database.name',
      },
    ]);
  });

  it('look at the files that PHP would look at', async () => {
    const code = `<?php if (file_exists(__DIR__ . '/local.php')) { define('DB_NAME', 'local'); }
      else { define('DB_NAME', 'live'); }`;
    expect(valuesOf(await discover(code))).toEqual({ 'database.name': 'live' });
    expect(valuesOf(await discover(code, { 'includes/local.php': '' }))).toEqual({
      'database.name': 'local',
    });
  });
});

describe('included files', () => {
  const local = `<?php\ndefine('DB_NAME', 'local');`;

  it.each([
    [`require_once __DIR__ . '/db.php';`, 'includes/db.php'],
    [`require_once dirname(__FILE__) . '/db.php';`, 'includes/db.php'],
    [`require dirname(__DIR__) . DIRECTORY_SEPARATOR . 'settings/db.php';`, 'settings/db.php'],
    [`include(__DIR__ . '/../settings/db.php');`, 'settings/db.php'],
    [`@include 'db.php';`, 'includes/db.php'],
    [`include 'settings/db.php';`, 'settings/db.php'],
    [`$settings = require './db.php';`, 'includes/db.php'],
    [`require dirname(__DIR__, 1) . '/db.php';`, 'db.php'],
  ])('%s is followed', async (code, file) => {
    const found = await discover(`<?php ${code}`, { [file]: local });
    expect(found.settings).toEqual([
      { path: 'database.name', value: 'local', name: 'DB_NAME', place: `${file}, line 2` },
    ]);
  });

  it('count where they stand: what they define first stays', async () => {
    const before = `<?php require 'db.php'; define('DB_NAME', 'own');`;
    const after = `<?php define('DB_NAME', 'own'); require 'db.php';`;
    const others = { 'includes/db.php': local };
    expect(valuesOf(await discover(before, others))).toEqual({ 'database.name': 'local' });
    expect(valuesOf(await discover(after, others))).toEqual({ 'database.name': 'own' });
  });

  it('with a computed path are named', async () => {
    const { unreadable } = await discover(`<?php\nrequire $path . '/db.php';`);
    expect(unreadable).toEqual([
      {
        name: 'require',
        place: 'includes/config.php, line 2',
        reason: 'the path of the include is computed, so it was not followed',
      },
    ]);
  });

  it('that are missing are named, unless a condition makes them optional', async () => {
    const missing = await discover(`<?php\nrequire __DIR__ . '/db.php';`);
    expect(missing.unreadable).toEqual([
      { name: 'includes/db.php', place: 'includes/config.php, line 2', reason: 'no such file' },
    ]);
    const optional = await discover(`<?php if (local()) require __DIR__ . '/db.php';`);
    expect(optional.unreadable).toEqual([]);
  });

  it('that include each other end', async () => {
    const found = await discover(`<?php require 'a.php'; define('DB_NAME', 'own');`, {
      'includes/a.php': `<?php include 'config.php'; include 'a.php';`,
    });
    expect(valuesOf(found)).toEqual({ 'database.name': 'own' });
  });
});

describe('files that PHP could not run', () => {
  it('are read up to the statement that is wrong, and named', async () => {
    const found = await discover(`<?php
define('DB_NAME', 'shop');
$x = [1, 2;
define('DB_USER', 'late');`);
    expect(valuesOf(found)).toEqual({ 'database.name': 'shop' });
    expect(found.unreadable).toEqual([
      {
        name: 'includes/config.php',
        place: 'includes/config.php, line 3',
        reason: 'syntax that the parser does not understand; the rest of the file was not read',
      },
    ]);
  });

  it.each([
    ['an attribute', '#['],
    ['a text', `define('DB_USER', "`],
    ['a text before a variable', `define('DB_USER', "$`],
    ['a comment', '/* and so'],
    ['a keyword', 'enum'],
    ['a heredoc', 'define("DB_USER", <<<X\n'],
  ])('end even when they are cut off within %s', async (_, rest) => {
    const found = await discover(`<?php define('DB_NAME', 'shop');\n${rest}`);
    expect(valuesOf(found)).toEqual({ 'database.name': 'shop' });
  });

  it('end wherever they are cut off', async () => {
    const parse = await loadPhpParser();
    const code = platformConfig.replace('<?php', '<?php #[A(1)] enum E: int { case A = 1; } ?><?=');
    for (let length = 0; length <= code.length; length += 1) {
      expect(parse(code.slice(0, length)).statements.length).toBeLessThan(40);
    }
  });

  it('that are too large are named and not read', async () => {
    const found = await discover(
      `<?php define('DB_NAME', 'shop');\n${'// filler\n'.repeat(60_000)}`,
    );
    expect(found.settings).toEqual([]);
    expect(found.unreadable[0]?.reason).toBe('larger than 512 KB, so not read');
  });

  it('hold a text that is not UTF-8: it is named, not guessed', async () => {
    const found = await discover(Buffer.from(`<?php define('DB_PASS', 'p\xe4ss');`, 'latin1'));
    expect(found.unreadable[0]).toMatchObject({ name: 'DB_PASS' });
  });

  it('are no PHP at all: nothing is found and nothing breaks', async () => {
    const found = await discover(Buffer.from([0, 255, 1, 2, 60, 63]));
    expect(found.settings).toEqual([]);
  });
});

describe('.db_config', () => {
  it.each([
    [{ host: 'db', user: 'u', password: 'secret-1', dbname: 'shop' }],
    [{ host: 'db', username: 'u', pass: 'secret-1', database: 'shop' }],
    [{ hostname: 'db', user: 'u', pass: 'secret-1', name: 'shop' }],
  ])('is read with the field names that are in use: %j', async (content) => {
    const found = await discover('<?php', { '.db_config': JSON.stringify(content) });
    expect(valuesOf(found)).toEqual({
      'database.host': 'db',
      'database.user': 'u',
      'database.password': 'secret-1',
      'database.name': 'shop',
    });
    expect(redact('secret-1')).toBe('******');
  });

  it('fills what PHP computes from it', async () => {
    const found = await discover(
      `<?php $c = json_decode(file_get_contents('../.db_config'), true);
       define('DB_HOST', $c['host']); define('DB_PASS', $c['pass'] ?? '');`,
      { '.db_config': '{"host":"db","pass":"secret-2"}' },
    );
    expect(valuesOf(found)).toEqual({ 'database.host': 'db', 'database.password': 'secret-2' });
    expect(found.unreadable).toEqual([]);
  });

  it('gives way to a literal constant, and says so without the password', async () => {
    const found = await discover(`<?php define('DB_PASS', 'secret-php');`, {
      '.db_config': '{"password":"secret-json"}',
    });
    expect(valuesOf(found)).toEqual({ 'database.password': 'secret-php' });
    expect(found.unused).toEqual([
      {
        name: 'password',
        value: '******',
        place: '.db_config',
        reason: 'database.password is taken from DB_PASS in includes/config.php, line 1',
      },
    ]);
  });

  it.each(['{"password":"torn-secret"', '[]', 'DB_PASS=torn-secret', ''])(
    'that is not a JSON object is named without its content: %j',
    async (content) => {
      const found = await discover('<?php', { '.db_config': content });
      expect(found.unreadable).toEqual([
        { name: '.db_config', place: '.db_config', reason: 'not a JSON object' },
      ]);
    },
  );

  it('is enough by itself', async () => {
    const folder = folderWith({ '.db_config': '{"dbname":"shop"}' });
    expect(hasPlatformSettings(folder)).toBe(true);
    expect(valuesOf(await discoverSettings(folder))).toEqual({ 'database.name': 'shop' });
  });
});

describe('the host as PHP takes it', () => {
  it.each([
    ['db.example', { 'database.host': 'db.example' }],
    ['db.example:3307', { 'database.host': 'db.example', 'database.port': '3307' }],
    ['p:db.example', { 'database.host': 'db.example' }],
    ['localhost:/run/my.sock', { 'database.socketPath': '/run/my.sock' }],
    [':/run/my.sock', { 'database.socketPath': '/run/my.sock' }],
    ['::1', { 'database.host': '::1' }],
    ['[::1]:3307', { 'database.host': '::1', 'database.port': '3307' }],
  ])('%s', async (host, expected) => {
    expect(valuesOf(await discover(`<?php define('DB_HOST', '${host}');`))).toEqual(expected);
  });

  it('keeps localhost with a port of its own on TCP', async () => {
    const found = await discover(`<?php define('DB_HOST', 'localhost'); define('DB_PORT', 3310);`);
    expect(valuesOf(found)).toEqual({ 'database.host': 'localhost', 'database.port': 3310 });
  });
});

describe('a cache that is not Redis', () => {
  it('has no Redis host, and its folder is taken from the platform', async () => {
    const folder = folderWith({
      'includes/config.php': `<?php define('CACHE_TYPE', 'file'); define('CACHE_HOST', '127.0.0.1');
        define('CACHE_DIR', 'cache');`,
    });
    const found = await discoverSettings(folder);
    expect(valuesOf(found)).toEqual({
      'cache.driver': 'file',
      'cache.dir': path.join(folder, 'cache'),
    });
    expect(found.unused).toMatchObject([
      { name: 'CACHE_HOST', reason: "the platform's cache is file, not redis" },
    ]);
  });

  it('that is switched off gives no host either', async () => {
    const found = await discover(
      `<?php define('CACHE_ENABLED', false); define('CACHE_HOST', '127.0.0.1');`,
    );
    expect(found.settings).toEqual([]);
  });

  it('that is memcached is told apart', async () => {
    const found = await discover(`<?php define('CACHE_TYPE', 'memcached');`);
    expect(found.settings).toEqual([]);
    expect(found.unused).toMatchObject([{ name: 'CACHE_TYPE', value: 'memcached' }]);
  });
});

describe('the folder of the platform', () => {
  it('is found upward, also through a folder with a space', () => {
    const folder = folderWith({ 'my shop/includes/config.php': `<?php define( "DB_HOST", 'x');` });
    const deep = path.join(folder, 'my shop', 'admin', 'reports');
    mkdirSync(deep, { recursive: true });
    expect(findPlatformFolder(deep)).toBe(path.join(folder, 'my shop'));
  });

  it('is not any folder with an includes/config.php', () => {
    const folder = folderWith({ 'includes/config.php': `<?php define('SITE', 'x');` });
    expect(findPlatformFolder(folder)).toBeNull();
  });

  it('is not found where there is none', () => {
    const folder = folderWith({ 'index.php': '<?php' });
    writeFileSync(path.join(folder, 'includes'), 'a file, not a folder');
    expect(findPlatformFolder(folder)).toBeNull();
  });
});
