import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { startMariadb } from '../../src/sandbox/servers/mariadb.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import type { TestDatabase } from '../support/database.ts';
import { freshDatabase } from '../support/database.ts';
import { brief, createEvents, openOptimizer, schemaOf } from '../support/optimizer.ts';
import { runScalectl, startScalectl } from '../support/scalectl.ts';
import type { RunningScalectl, ScalectlResult } from '../support/scalectl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { seededRandom } from '../unit/cache/seeded-random.ts';

/** One index that stays, one that the server never takes, and one that is redundant. */
const statements = [
  "SELECT id, note FROM events WHERE source = 7 AND happened_at > '2026-01-05';",
  "SELECT note FROM events WHERE happened_at > '2020-01-01';",
];
let workload: string;

beforeAll(async () => {
  workload = path.join(await temporaryFolder(), 'workload.sql');
  await writeFile(workload, statements.join('\n'));
});

async function events(): Promise<TestDatabase> {
  const test = await freshDatabase();
  await createEvents(test);
  await test.query('ALTER TABLE events ADD INDEX a (kind), ADD INDEX b (kind)');
  return test;
}

const environment = (test: TestDatabase): Record<string, string> => ({
  SCALECTL_DB_URL: test.url,
  // More pairs give the moments between two steps more time.
  SCALECTL_OPTIMIZER_PROOF_PAIRS: '21',
});
const line = (): string[] => [
  'optimize-db',
  '--workload',
  workload,
  '--drop-redundant',
  '--yes',
  '--json',
];

/** Started without --json, as that shows no progress to wait for. */
function start(test: TestDatabase): Promise<RunningScalectl> {
  return startScalectl(line().slice(0, -1), { env: environment(test) });
}

/** Again while the server still works on what the killed run began. */
async function runToItsEnd(test: TestDatabase): Promise<ScalectlResult> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await runScalectl(line(), { env: environment(test) });
    if (result.exitCode !== 75 || attempt === 50) return result;
    await sleep(200);
  }
}

async function expectNothingLeft(test: TestDatabase): Promise<void> {
  expect(
    await test.query("SELECT id FROM scalectl_optimizer_runs WHERE state = 'running'"),
  ).toEqual([]);
  expect(
    await test.query(
      "SELECT id FROM scalectl_optimizer_steps WHERE state IN ('applying', 'proving', 'undoing')",
    ),
  ).toEqual([]);
  const tables = await test.query(
    'SHOW TABLES WHERE Tables_in_' + test.name + " NOT LIKE 'scalectl%'",
  );
  expect(tables).toHaveLength(1);
}

describe('a run that is killed', () => {
  const random = seededRandom(20_261);
  const moments = [
    'reading tables',
    'building an index on events (source',
    'proving the index on events (source',
    'building an index on events (happened_at',
    'proving the index on events (happened_at',
    'dropping b of events',
  ].flatMap((text) => [
    { text, delayMs: 0 },
    { text, delayMs: random.below(60) },
  ]);

  it('is finished by the next one, whenever it was killed', async () => {
    const undisturbed = await events();
    expect(await runToItsEnd(undisturbed)).toMatchObject({ exitCode: 0 });
    const expected = await schemaOf(undisturbed);
    expect(expected['events']).toContain('KEY `idx_events_source_happened_at`');
    expect(expected['events']).not.toContain('KEY `b`');
    let recovered = 0;
    for (const { text, delayMs } of moments) {
      const test = await events();
      const running = await start(test);
      await running.waitFor(text);
      await sleep(delayMs);
      running.kill('SIGKILL');
      await running.done;
      const next = await runToItsEnd(test);
      expect(next, `${text} + ${delayMs} ms: ${next.stderr}${next.stdout}`).toMatchObject({
        exitCode: 0,
      });
      recovered += (next.json?.result as { recovered: unknown[] }).recovered.length;
      expect(await schemaOf(test), `${text} + ${delayMs} ms`).toEqual(expected);
      await expectNothingLeft(test);
      await test.drop();
    }
    // Otherwise the kills all came between two steps, and proved nothing.
    expect(recovered).toBeGreaterThan(3);
  }, 300_000);
});

describe('a run that is killed while it judges an index on a copy', () => {
  it.each(['copying a part of events', 'judging an index on a copy of events'])(
    'leaves a copy at most, which the next one drops: %s',
    async (text) => {
      const test = await events();
      const env = { ...environment(test), SCALECTL_OPTIMIZER_SHADOW_FROM: '5000' };
      const copies = (): Promise<unknown[]> =>
        test.query(`SHOW TABLES FROM ${test.name} LIKE 'scalectl\\_shadow%'`);
      let left = 0;
      for (let attempt = 0; attempt < 10 && left === 0; attempt += 1) {
        const running = await startScalectl(line().slice(0, -1), { env });
        await running.waitFor(text);
        await sleep(attempt * 10);
        running.kill('SIGKILL');
        await running.done;
        left = (await copies()).length;
      }
      expect(left).toBe(1);
      expect(await runToItsEnd(test)).toMatchObject({ exitCode: 0 });
      expect(await copies()).toEqual([]);
      await expectNothingLeft(test);
      expect(
        await test.query("SELECT id FROM scalectl_optimizer_steps WHERE state = 'copied'"),
      ).toEqual([]);
      await test.drop();
    },
    60_000,
  );
});

describe('a run that is killed while it takes back an index of an earlier one', () => {
  it('is finished by the next one', async () => {
    const random = seededRandom(20_262);
    const test = await events();
    const read = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i += 1) await test.query((statements[0] ?? '').replace(';', ''));
    };
    await read(100);
    const before = await schemaOf(test);
    const optimizer = await openOptimizer({ test });
    await optimizer.run({ workload: statements[0] ?? '' });
    // What selected fifty rows selects thousands now.
    await test.query('UPDATE events SET source = 7 + id % 2');
    await read(100);
    const environmentOf = { env: environment(test) };
    const running = await startScalectl(['optimize-db', '--auto-revert'], environmentOf);
    await running.waitFor('taking back idx_events_source_happened_at');
    await sleep(random.below(15));
    running.kill('SIGKILL');
    await running.done;
    for (let attempt = 1; attempt <= 50; attempt += 1) {
      const next = await runScalectl(['optimize-db', '--auto-revert', '--json'], environmentOf);
      if (next.exitCode !== 75) break;
      await sleep(200);
    }
    expect(await schemaOf(test)).toEqual(before);
    await expectNothingLeft(test);
    // Taken back for good: it is not proposed again.
    const { findings } = await optimizer.plan(statements[0] ?? '');
    expect(brief(findings)).toContain('missing-index events (source, happened_at) rejected');
  });
});

describe('a table in use', () => {
  it('stops neither the shop nor the run for long, and its user is named', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await createEvents(test);
    const other = await openOptimizer({ test });
    await test.query('START TRANSACTION');
    await test.query('SELECT * FROM events LIMIT 1');
    const before = await optimizer.schema();
    let hasEnded = false;
    const run = optimizer.run({ workload: statements[0] ?? '' }).finally(() => (hasEnded = true));
    let longestMs = 0;
    while (!hasEnded) {
      const startedAt = performance.now();
      await other.database.read('SELECT id FROM events WHERE id = 1');
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      await sleep(20);
    }
    const { findings } = await run;
    expect(brief(findings)).toEqual(['missing-index events (source, happened_at) blocked']);
    expect(findings[0]?.reason).toMatch(
      new RegExp(
        `in use.*connection ${test.connection.threadId} \\(scalectl@127\\.0\\.0\\.1\\) has a transaction open for \\d+ s$`,
      ),
    );
    expect(longestMs).toBeLessThan(1200);
    await test.query('COMMIT');
    expect(await optimizer.schema()).toEqual(before);
  });

  it('is named also where the server is not in UTC', async () => {
    const { TZ: before } = process.env;
    process.env['TZ'] = 'Asia/Kolkata';
    const server = await startMariadb().finally(() => {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    });
    atEndOfFile(() => server.stop());
    const optimizer = await openOptimizer({ serverUrl: server.url });
    const { test } = optimizer;
    const [zone] = await test.query('SELECT @@system_time_zone AS name');
    expect(zone).toEqual({ name: 'IST' });
    await createEvents(test);
    await test.query('START TRANSACTION');
    await test.query('SELECT * FROM events LIMIT 1');
    const { findings } = await optimizer.run({ workload: statements[0] ?? '' });
    await test.query('COMMIT');
    expect(findings[0]?.reason).toMatch(/has a transaction open for \d{1,3} s$/);
  });

  it('is named with the right that is missing, where the account may not see its user', async () => {
    const admin = await openOptimizer();
    const { test } = admin;
    await createEvents(test);
    const user = `limited_${test.name.slice(-8)}`;
    await test.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'geheim'`);
    atEndOfFile(async () => void (await test.query(`DROP USER ${user}@'%'`)));
    await test.query(`GRANT ALL ON ${test.name}.* TO ${user}@'%'`);
    const url = new URL(test.url);
    url.username = user;
    url.password = 'geheim';
    const optimizer = await openOptimizer({ test, url: url.href });
    await test.query('START TRANSACTION');
    await test.query('SELECT * FROM events LIMIT 1');
    const { findings } = await optimizer.run({ workload: statements[0] ?? '' });
    await test.query('COMMIT');
    expect(findings).toMatchObject([{ status: 'blocked' }]);
    expect(findings[0]?.reason).toContain('GRANT PROCESS');
  });
});

describe('Ctrl-C', () => {
  it('takes back an index that is not proven, and leaves no lock', async () => {
    const test = await events();
    const before = await schemaOf(test);
    const running = await startScalectl(line().slice(0, -1), {
      env: { ...environment(test), SCALECTL_OPTIMIZER_PROOF_PAIRS: '51' },
    });
    await running.waitFor('proving the index on events (source');
    running.kill('SIGINT');
    const stopped = await running.done;
    expect(stopped.exitCode).toBe(130);
    expect(stopped.stderr).toContain('stopped by Ctrl-C');
    expect(await schemaOf(test)).toEqual(before);
    await expectNothingLeft(test);
    expect(await test.query('SELECT state FROM scalectl_optimizer_runs')).toEqual([
      { state: 'interrupted' },
    ]);
    // No lock is left: the next run need not wait.
    expect(await runScalectl(line(), { env: environment(test) })).toMatchObject({ exitCode: 0 });
    expect((await schemaOf(test))['events']).toContain('KEY `idx_events_source_happened_at`');
  });

  it('ends a change that waits for its table', async () => {
    const test = await events();
    const before = await schemaOf(test);
    await test.query('START TRANSACTION');
    await test.query('SELECT * FROM events LIMIT 1');
    const running = await start(test);
    await running.waitFor('building an index on events');
    await sleep(300);
    running.kill('SIGINT');
    expect(await running.done).toMatchObject({ exitCode: 130 });
    await test.query('COMMIT');
    expect(await schemaOf(test)).toEqual(before);
    await expectNothingLeft(test);
    expect(await runScalectl(line(), { env: environment(test) })).toMatchObject({ exitCode: 0 });
  });
});
