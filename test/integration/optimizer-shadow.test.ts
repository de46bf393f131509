import { describe, expect, it } from 'vitest';
import { atEndOfFile } from '../support/cleanups.ts';
import type { TestDatabase } from '../support/database.ts';
import { brief, createEvents, openOptimizer } from '../support/optimizer.ts';
import type { OpenOptimizer } from '../support/optimizer.ts';

const settings = { SCALECTL_OPTIMIZER_SHADOW_FROM: '5000' };
/** All rows match. */
const hopeless = "SELECT note FROM events WHERE happened_at > '2020-01-01';";
const good = 'SELECT note FROM events WHERE source = 7;';

async function events(more: Record<string, string> = {}): Promise<OpenOptimizer> {
  const optimizer = await openOptimizer({ settings: { ...settings, ...more } });
  await createEvents(optimizer.test);
  return optimizer;
}

async function copies(test: TestDatabase): Promise<string[]> {
  const rows = await test.query<{ name: string }>(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'scalectl\\_shadow%'`,
  );
  return rows.map(({ name }) => name);
}

describe('an index for a large table', () => {
  it('is rejected on a copy, without a touch of the table, when it is hopeless there', async () => {
    const optimizer = await events();
    // A reader that has not ended: no index could be built on the table.
    const reader = await optimizer.database.pin();
    await reader.write('START TRANSACTION');
    await reader.read('SELECT id FROM events LIMIT 1');
    const run = await optimizer.run({ workload: hopeless });
    await reader.write('ROLLBACK');
    await reader[Symbol.asyncDispose]();
    expect(brief(run.findings)).toEqual(['missing-index events (happened_at) rejected']);
    expect(run.findings[0]?.reason).toBe(
      'judged on a copy of 20,000 rows: the optimizer does not take it by itself, and made to, saves too little (20,001 reads with it, 20,001 without)',
    );
    expect(await copies(optimizer.test)).toEqual([]);
    // It is remembered as one that was tried.
    const [again] = (await optimizer.plan(hopeless)).findings;
    expect(again).toMatchObject({ status: 'rejected' });
    expect(again?.reason).toContain(`was tried in run ${run.runId}`);
  });

  it('is tried on the table when it may be good, on a copy that was made once', async () => {
    const optimizer = await events();
    const texts: string[] = [];
    // The sort that an index saves, and a LIMIT, are not to be judged by reads.
    const { findings } = await optimizer.run({
      workload: `${good}\nSELECT note FROM events ORDER BY happened_at LIMIT 5;\n${"SELECT kind FROM events WHERE note > 'a';"}`,
      onProgress: (text) => texts.push(text),
    });
    const statuses = Object.fromEntries(
      findings.map(({ columns, status, reason }) => [
        columns.join(', '),
        `${status} ${reason.slice(0, 16)}`,
      ]),
    );
    expect(statuses).toMatchObject({
      source: expect.stringMatching(/^applied/) as string,
      happened_at: expect.stringMatching(/^applied/) as string,
      note: expect.stringMatching(/^rejected judged on a copy/) as string,
    });
    expect(texts.filter((text) => text === 'copying a part of events')).toHaveLength(1);
    expect(await copies(optimizer.test)).toEqual([]);
  });

  it.each(['copying a part of events', 'judging an index on a copy of events'])(
    'leaves nothing and has no verdict when the run is stopped: %s',
    async (text) => {
      const optimizer = await events();
      const stop = new AbortController();
      const { findings } = await optimizer.run({
        workload: hopeless,
        signal: stop.signal,
        onProgress: (told) => {
          if (told === text) stop.abort();
        },
      });
      expect(brief(findings)).toEqual(['missing-index events (happened_at) proposed']);
      expect(await copies(optimizer.test)).toEqual([]);
      expect((await optimizer.plan(hopeless)).findings).toMatchObject([{ status: 'proposed' }]);
    },
  );

  it('is tried at once when copies are switched off, or its key has gaps', async () => {
    const optimizer = await events({ SCALECTL_OPTIMIZER_SHADOW_COPY: 'false' });
    const off = await optimizer.run({ workload: hopeless });
    expect(off.findings[0]?.reason).toBe('the optimizer does not take it by itself');
    const gaps = await events();
    await gaps.test.query('UPDATE events SET id = id + 100000 WHERE id > 15000 ORDER BY id DESC');
    const run = await gaps.run({ workload: hopeless });
    expect(run.findings[0]?.reason).toBe('the optimizer does not take it by itself');
    expect(await copies(gaps.test)).toEqual([]);
  });

  it('is tried at once, and that is told, by an account that may not create tables', async () => {
    const { test } = await events();
    await (await openOptimizer({ test })).run();
    const user = `no_create_${test.name.slice(-8)}`;
    await test.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'geheim'`);
    atEndOfFile(async () => void (await test.query(`DROP USER ${user}@'%'`)));
    await test.query(
      `GRANT SELECT, INSERT, UPDATE, DELETE, ALTER, INDEX, DROP ON ${test.name}.* TO ${user}@'%'`,
    );
    const url = new URL(test.url);
    url.username = user;
    url.password = 'geheim';
    const limited = await openOptimizer({ test, url: url.href, settings });
    const { findings } = await limited.run({ workload: good });
    expect(brief(findings)).toEqual(['missing-index events (source) applied']);
    expect(findings[0]?.reason).toMatch(/; not judged on a copy first: .*denied/);
    const copied = await test.query(
      "SELECT id FROM scalectl_optimizer_steps WHERE state = 'copied'",
    );
    expect(copied).toEqual([]);
  });
});

describe('copies that a killed run left', () => {
  it('are dropped by the next run, and nothing else of their name', async () => {
    const optimizer = await events();
    const { test } = optimizer;
    await optimizer.run();
    await test.query('CREATE TABLE scalectl_shadow_1 LIKE events');
    await test.query('CREATE TABLE scalectl_shadow_mine LIKE events');
    for (const name of ['scalectl_shadow_1', 'scalectl_shadow_2', 'events']) {
      await test.query(
        `INSERT INTO scalectl_optimizer_steps
           (run_id, kind, table_name, index_name, state, finding, indexes_before, table_rows, started_at)
         VALUES (0, 'shadow-copy', 'events', '${name}', 'copied', '{}', '[]', 0, NOW())`,
      );
    }
    await optimizer.run();
    expect(await copies(test)).toEqual(['scalectl_shadow_mine']);
    expect(await test.query('SELECT id FROM events LIMIT 1')).toHaveLength(1);
  });
});
