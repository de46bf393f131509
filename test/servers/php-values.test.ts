import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openFileDriver } from '../../src/cache/file-driver.ts';
import { decodePhp, encodePhp, jsonToPhp, phpToJson } from '../../src/cache/php-serialize.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import { toolOrSkip } from '../support/tool.ts';

const php = await toolOrSkip('php');
const script = fileURLToPath(new URL('php-values.php', import.meta.url));

interface Sample {
  name: string;
  bytes: string;
}

function runPhp(args: readonly string[], input = ''): Buffer {
  if (!php) throw new Error('php is missing');
  const quiet = ['-d', 'error_reporting=0', '-d', 'display_errors=0'];
  return execFileSync(php.command, [...php.args, ...quiet, ...args], {
    env: { ...process.env, ...php.env },
    input,
    maxBuffer: 64 * 1024 ** 2,
  });
}

const samples = php ? (JSON.parse(runPhp([script]).toString()) as Sample[]) : [];

describe.skipIf(!php)('values of a real PHP', () => {
  it('are of every kind', () => {
    expect(samples.length).toBeGreaterThan(45);
  });

  it.each(samples.map(({ name, bytes }) => [name, bytes]))(
    '%s comes back byte for byte',
    (_, bytes) => {
      const original = Buffer.from(bytes, 'base64');
      const value = decodePhp(original);
      expect(encodePhp(value).equals(original)).toBe(true);
      expect(JSON.parse(JSON.stringify(phpToJson(value)))).toEqual(phpToJson(value));
    },
  );

  it('read what is written here, with the same bytes again', () => {
    const json = {
      int: 1,
      float: 1.5,
      tiny: 1e-7,
      large: { $number: '9223372036854775807' },
      inf: { $number: 'INF' },
      text: 'Zoë \u{1F600}',
      bytes: { $base64: '/wA=' },
      list: [1, [2, null], true],
      '7': 'seven',
      object: { $class: 'stdClass', properties: { a: 1 } },
    };
    const written = encodePhp(jsonToPhp(json));
    const again = runPhp(
      [
        '-r',
        'echo base64_encode(serialize(unserialize(base64_decode(stream_get_contents(STDIN)))));',
      ],
      written.toString('base64'),
    );
    expect(Buffer.from(again.toString(), 'base64').toString('latin1')).toBe(
      written.toString('latin1'),
    );
  });
});

describe.skipIf(!php)('the cache folder, shared with a real PHP', () => {
  const readEntry =
    '$d = unserialize(file_get_contents($argv[1])); echo json_encode([$d["value"], $d["expires"] - $d["created"]]);';
  const writeEntry =
    '$o = new stdClass; $o->me = $o; file_put_contents($argv[1], serialize(["value" => [$o, "x" => 1.5], "expires" => time() + 60, "created" => time()]));';

  it('PHP reads what scalectl wrote', async () => {
    const { folder, fileOf } = await freshCache();
    const cache = await openFileDriver({ folder, prefix: '' });
    await cache.write('products_list', encodePhp(jsonToPhp([{ id: 1, price: 9.99 }])), 60_000);
    const read: unknown = JSON.parse(runPhp(['-r', readEntry, fileOf('products_list')]).toString());
    expect(read).toMatchObject([[{ id: 1, price: 9.99 }], expect.any(Number)]);
    expect((read as [unknown, number])[1]).toBeGreaterThanOrEqual(60);
  });

  it('scalectl reads what PHP wrote, references included, and writes it back unchanged', async () => {
    const { folder, fileOf } = await freshCache();
    runPhp(['-r', writeEntry, fileOf('k')]);
    const cache = await openFileDriver({ folder, prefix: '' });
    const stored = await cache.read('k', 1000);
    expect(stored && phpToJson(decodePhp(stored.bytes))).toEqual({
      $map: [
        [0, { $class: 'stdClass', properties: { me: { $ref: '$[0]' } } }],
        ['x', 1.5],
      ],
    });
    const before = await readFile(fileOf('k'));
    await cache.write('k', stored?.bytes ?? Buffer.alloc(0), 60_000);
    const valueOf = (bytes: Buffer): string =>
      /^(.*)s:7:"expires"/s.exec(bytes.toString('latin1'))?.[1] ?? '';
    expect(valueOf(await readFile(fileOf('k')))).toBe(valueOf(before));
    expect(valueOf(before)).not.toBe('');
  });

  it('a file that PHP is cut off in the middle of is torn', async () => {
    const { folder, fileOf } = await freshCache();
    runPhp(['-r', writeEntry, fileOf('k')]);
    const whole = await readFile(fileOf('k'));
    await writeFile(fileOf('k'), whole.subarray(0, whole.length - 5));
    const cache = await openFileDriver({ folder, prefix: '' });
    await expect(cache.read('k', 1000)).rejects.toThrow(/is torn/);
  });
});

async function freshCache(): Promise<{ folder: string; fileOf: (key: string) => string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'php-cache-'));
  atEndOfFile(() => rm(folder, { recursive: true, force: true }));
  const fileOf = (key: string): string =>
    path.join(folder, `${createHash('md5').update(key).digest('hex')}.cache`);
  return { folder, fileOf };
}
