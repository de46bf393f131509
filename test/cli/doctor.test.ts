import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { freshRedis } from '../support/redis.ts';
import type { TestRedis } from '../support/redis.ts';
import { runScalectl } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Part {
  id: string;
  status: string;
  message: string;
  advice: string | null;
}

let test: TestDatabase;
let redis: TestRedis;
let env: Record<string, string>;

beforeAll(async () => {
  test = await freshDatabase();
  redis = await freshRedis();
  env = { SCALECTL_DB_URL: test.url, SCALECTL_REDIS_URL: redis.url };
  const cwd = await temporaryFolder();
  const { exitCode } = await runScalectl(['init', '--yes'], { cwd, env });
  expect(exitCode).toBe(0);
});

async function doctor(
  given: Record<string, string>,
  cwd?: string,
): Promise<{ exitCode: number | null; ok: boolean; parts: Map<string, Part>; stdout: string }> {
  const folder = cwd ?? (await temporaryFolder());
  const { exitCode, json, stdout } = await runScalectl(['doctor', '--json'], {
    cwd: folder,
    env: { ...given, SCALECTL_SCHEDULE_STATE_DIR: path.join(folder, 'state') },
  });
  const { parts } = json?.result as { parts: Part[] };
  return {
    exitCode,
    ok: json?.ok ?? false,
    parts: new Map(parts.map((part) => [part.id, part])),
    stdout,
  };
}

const statusOf = (parts: Map<string, Part>, id: string): string | undefined =>
  parts.get(id)?.status;

describe('doctor', () => {
  it('proves database, cache and queue by using them, and leaves no trace', async () => {
    const { exitCode, parts } = await doctor(env);
    for (const id of ['database-select', 'own-tables', 'cache-round-trip', 'queue-round-trip']) {
      expect(parts.get(id)).toMatchObject({ id, status: 'works', advice: null });
    }
    expect(exitCode).toBe(0);
    expect(await redis.client.dbsize()).toBe(0);
    for (const table of ['jobs', 'ready', 'done', 'dead', 'failures', 'claims']) {
      expect(await test.query(`SELECT * FROM scalectl_queue_${table}`)).toEqual([]);
    }
  });

  it("leaves other people's jobs alone: waiting ones, and those of a dead worker", async () => {
    await runScalectl(['queue', 'add', 'send_email', '--data', '{}'], { env });
    await test.query(
      `INSERT INTO scalectl_queue_claims (worker, host, pid, lease_until, revision, jobs)
       VALUES (REPEAT('a', 32), 'gone', 1, '2020-01-01', 1, '')`,
    );
    await test.query("INSERT INTO scalectl_queue_jobs (type, data) VALUES ('of_a_page', '{}')");
    const { parts } = await doctor(env);
    expect(statusOf(parts, 'queue-round-trip')).toBe('works');
    expect(await test.query('SELECT host FROM scalectl_queue_claims')).toEqual([{ host: 'gone' }]);
    expect(
      await test.query('SELECT type, inbox FROM scalectl_queue_jobs ORDER BY id'),
    ).toMatchObject([{ type: 'send_email' }, { type: 'of_a_page', inbox: 1 }]);
    await test.query('DELETE FROM scalectl_queue_claims');
  });

  it('skips the queue while the whole of it is paused', async () => {
    await runScalectl(['queue', 'pause'], { env });
    const { parts, exitCode } = await doctor(env);
    expect(parts.get('queue-round-trip')).toMatchObject({
      status: 'skipped',
      advice: 'Run scalectl queue resume',
    });
    expect(exitCode).toBe(0);
    await runScalectl(['queue', 'resume'], { env });
  });

  it('skips what is not configured, and the next step is init', async () => {
    const { parts, exitCode, stdout } = await doctor({});
    expect(exitCode).toBe(0);
    expect(parts.get('database-select')).toMatchObject({
      status: 'skipped',
      message: 'no database is configured',
    });
    expect(statusOf(parts, 'cache-round-trip')).toBe('skipped');
    expect(statusOf(parts, 'state-folder')).toBe('works');
    expect(stdout).not.toContain('undefined');
    const text = await runScalectl(['doctor']);
    expect(text.stdout).toMatch(/next: scalectl init\n$/);
  });

  it('reports the other parts too when the database is down, and ends with 69', async () => {
    const { parts, exitCode, ok } = await doctor({
      ...env,
      SCALECTL_DB_URL: 'mysql://a@127.0.0.1:1/x',
    });
    expect([exitCode, ok]).toEqual([69, false]);
    expect(parts.get('database-select')).toMatchObject({ status: 'failed' });
    expect(parts.get('database-select')?.message).toContain('127.0.0.1:1');
    expect(statusOf(parts, 'cache-round-trip')).toBe('works');
    expect(statusOf(parts, 'queue-round-trip')).toBe('skipped');
  });

  it('ends with 1 when a configured Redis is away', async () => {
    const { parts, exitCode, ok } = await doctor({
      ...env,
      SCALECTL_REDIS_URL: 'redis://127.0.0.1:1',
    });
    expect([exitCode, ok]).toEqual([1, true]);
    expect(statusOf(parts, 'cache-round-trip')).toBe('failed');
    expect(statusOf(parts, 'queue-round-trip')).toBe('works');
  });

  it('uses the cache folder of the file driver, and cleans it up', async () => {
    const cwd = await temporaryFolder();
    mkdirSync(path.join(cwd, 'cache'));
    const file = { SCALECTL_DB_URL: test.url, SCALECTL_CACHE_DRIVER: 'file' };
    const { parts } = await doctor({ ...file, SCALECTL_CACHE_DIR: 'cache' }, cwd);
    expect(parts.get('cache-round-trip')).toMatchObject({ status: 'works' });
    expect(readdirSync(path.join(cwd, 'cache'))).toEqual([]);
  });

  it('fails when the state folder cannot be made', async () => {
    const cwd = await temporaryFolder();
    writeFileSync(path.join(cwd, 'state'), 'a file stands where the folder should be');
    const { parts, exitCode } = await doctor(env, cwd);
    expect(exitCode).toBe(1);
    expect(parts.get('state-folder')).toMatchObject({ status: 'failed' });
  });
});
