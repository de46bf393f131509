import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/errors.ts';
import { freshDatabase } from '../support/database.ts';
import { startSite } from '../support/http-servers.ts';
import type { TestSite } from '../support/http-servers.ts';
import { freshRedis } from '../support/redis.ts';
import { runScalectl } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const schemaFolder = path.join(import.meta.dirname, '../../templates/schemas');
const names = (await readdir(schemaFolder)).map((file) => path.basename(file, '.json'));
const schemas = new Map(await Promise.all(names.map(readSchema)));
// Not `strictTypes`: a nullable object is `"type": ["object", "null"]`.
const ajv = new Ajv({
  allErrors: true,
  strictTypes: false,
  formats: { uri: (text: string) => URL.canParse(text) },
});

let env: Record<string, string>;
let folder = '';
let site: TestSite;

beforeAll(async () => {
  const database = await freshDatabase();
  const redis = await freshRedis();
  env = {
    SCALECTL_DB_URL: database.url,
    SCALECTL_REDIS_URL: redis.url,
    SCALECTL_QUEUE_HANDLERS: JSON.stringify({ mail: { command: [process.execPath, '-e', '0'] } }),
  };
  await database.query(
    'CREATE TABLE orders (id INT PRIMARY KEY, user_id INT, placed_at DATETIME NOT NULL, KEY one (user_id), KEY two (user_id))',
  );
  await redis.client.set('products', 'a:2:{i:5;s:1:"x";i:1;d:1.5;}');
  await redis.client.set('plain', 'text', 'EX', 60);
  folder = await temporaryFolder();
  site = await startSite((_, response) => response.end('ok'));
});

describe('a published JSON Schema', () => {
  it.each(names)('%s says what it is and is a schema', (name) => {
    const schema = schemas.get(name);
    expect(schema).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: expect.stringContaining('scalectl') as string,
    });
    expect(() => ajv.compile(schema ?? {})).not.toThrow();
  });

  it('of the envelope has the published list of error codes', () => {
    const text = JSON.stringify(schemas.get('envelope'));
    expect(text).toContain(JSON.stringify(Object.keys(errorCodes)));
  });

  it('refuses what was not promised', () => {
    expect(problemsOf('envelope', { ok: true })).not.toBeNull();
    expect(problemsOf('cache-stats', { driver: 'redis', keys: 1, hits: -1, hitRate: 1.5 })).toMatch(
      /hitRate|hits/,
    );
  });
});

describe('real output follows its schema:', () => {
  const load = ['--users', '2', '--duration', '1s', '--ramp', '0ms', '--think', '50ms'];
  const lines: { schema: string; words: () => string[]; input?: string }[] = [
    { schema: 'optimize-db-plan', words: () => ['optimize-db', 'plan'] },
    { schema: 'optimize-db-plan', words: () => ['optimize-db', '--dry-run'] },
    { schema: 'optimize-db-report', words: () => ['optimize-db', 'report'] },
    { schema: 'optimize-db-report', words: () => ['optimize-db', 'report', '--dry-run'] },
    { schema: 'cache-stats', words: () => ['cache', 'stats', '--window', '100ms'] },
    { schema: 'cache-inspect', words: () => ['cache', 'inspect', 'products'] },
    { schema: 'cache-inspect', words: () => ['cache', 'inspect', 'plain'] },
    { schema: 'cache-inspect', words: () => ['cache', 'inspect', 'nothing'] },
    { schema: 'health', words: () => ['health', '--window', '0ms'] },
    { schema: 'loadtest', words: () => ['loadtest', site.url, ...load] },
    { schema: 'queue-add', words: () => ['queue', 'add', 'mail', '--data', '{"to":"a"}'] },
    { schema: 'queue-stats', words: () => ['queue', 'stats'] },
    { schema: 'queue-import', words: () => ['queue', 'import', folder] },
    { schema: 'queue-process', words: () => ['queue', 'process', '--max-time', '1s'] },
  ];
  it.each(lines)('$schema', async ({ schema, words }) => {
    const run = await runScalectl([...words(), '--json'], { env });
    expect(problemsOf('envelope', run.json), run.stdout + run.stderr).toBeNull();
    expect(run.json?.error).toBeNull();
    expect(problemsOf(schema, run.json?.result), run.stdout).toBeNull();
  });

  it.each([
    [['health', '--unknown']],
    [['optimize-db', 'plan', '--db', 'mysql://nobody@127.0.0.1:1/none']],
    [['config', 'show', '--config', 'nowhere.json']],
  ])('an error, as of %j', async (words) => {
    const run = await runScalectl([...words, '--json']);
    expect(problemsOf('envelope', run.json), run.stdout).toBeNull();
    expect(run.json).toMatchObject({ ok: false, result: null });
  });

  it('every other schema belongs to a command or to the envelope', () => {
    const used = new Set([...lines.map(({ schema }) => schema), 'envelope']);
    expect(names.filter((name) => !used.has(name))).toEqual([]);
  });
});

async function readSchema(name: string): Promise<[string, Record<string, unknown>]> {
  const text = await readFile(path.join(schemaFolder, `${name}.json`), 'utf8');
  return [name, JSON.parse(text) as Record<string, unknown>];
}

/** In words; null when the value is as promised. */
function problemsOf(name: string, value: unknown): string | null {
  const schema = schemas.get(name);
  if (!schema) throw new Error(`no schema ${name}`);
  return ajv.validate(schema, value) ? null : ajv.errorsText();
}
