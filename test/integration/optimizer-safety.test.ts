import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPlanFile, writePlanFile } from '../../src/optimizer/plan-file.ts';
import type { PlanResult } from '../../src/optimizer/plan.ts';
import { startMariadb } from '../../src/sandbox/servers/mariadb.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import type { TestDatabase } from '../support/database.ts';
import { brief, createEvents, emptyShop, openOptimizer } from '../support/optimizer.ts';
import type { OpenOptimizer } from '../support/optimizer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const bySource = "SELECT id, note FROM events WHERE source = 7 AND happened_at > '2026-01-05';";
const eventsIndex = 'missing-index events (source, happened_at)';

async function events(): Promise<OpenOptimizer> {
  const optimizer = await openOptimizer();
  await createEvents(optimizer.test);
  return optimizer;
}

/** The URL of an account with these rights on the database and no others. */
async function limitedAccount(test: TestDatabase, rights: string): Promise<string> {
  const user = `limited_${test.name.slice(-8)}`;
  await test.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'geheim'`);
  atEndOfFile(async () => {
    await test.query(`DROP USER ${user}@'%'`);
  });
  await test.query(`GRANT ${rights} ON ${test.name}.* TO ${user}@'%'`);
  const url = new URL(test.url);
  url.username = user;
  url.password = 'geheim';
  return url.href;
}

describe('one run at a time', () => {
  it('is enforced for runs and rollbacks, while plans go on', async () => {
    const optimizer = await events();
    await optimizer.test.query('ALTER TABLE events ADD INDEX a (kind), ADD INDEX b (kind)');
    let go = (): void => undefined;
    let first = Promise.resolve<unknown>(null);
    await new Promise<void>((reached, reject) => {
      first = optimizer.run({
        dropRedundant: true,
        confirmDrops: () =>
          new Promise((resolve) => {
            go = resolve;
            reached();
          }),
      });
      first.catch(reject);
    });
    const second = await openOptimizer({ test: optimizer.test });
    await expect(second.run()).rejects.toMatchObject({ code: 'lock-held', exitCode: 75 });
    await expect(second.rollback(1)).rejects.toMatchObject({ code: 'lock-held' });
    expect((await second.plan(bySource)).findings).not.toEqual([]);
    go();
    await first;
    await second.run();
  });

  it('holds while the server still works on the change of a run that was killed', async () => {
    const optimizer = await events();
    const { test } = optimizer;
    await test.query('LOCK TABLES events WRITE');
    const orphan = optimizer.database
      .define('/* scalectl:optimize-db */ ALTER TABLE events ADD INDEX x (kind)', {
        lockWaitTimeoutSeconds: 30,
      })
      .catch((error: unknown) => error);
    await expect
      .poll(() => optimizer.run().catch((error: unknown) => error), { timeout: 10_000 })
      .toMatchObject({ code: 'lock-held', exitCode: 75 });
    await test.query('UNLOCK TABLES');
    await orphan;
    const { findings } = await optimizer.run();
    expect(findings.filter(({ status }) => status !== 'review')).toEqual([]);
  });

  it('is a matter of one database', async () => {
    const [one, other] = [await openOptimizer(), await openOptimizer()];
    await Promise.all([one.run(), other.run()]);
  });
});

describe('an account', () => {
  it('without PROCESS and performance_schema plans, applies and rolls back', async () => {
    const { test } = await events();
    const url = await limitedAccount(
      test,
      'SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP',
    );
    const optimizer = await openOptimizer({ test, url });
    const before = await optimizer.schema();
    const plan = await optimizer.plan(bySource);
    expect(plan.unknown[0]).toContain('may not read performance_schema');
    expect(plan.evidence.map(({ source }) => source)).toEqual(['schema', 'workload-file']);
    const run = await optimizer.run({ workload: bySource });
    expect(brief(run.findings)).toEqual([`${eventsIndex} applied`]);
    await optimizer.rollback(run.runId);
    expect(await optimizer.schema()).toEqual(before);
  });

  it('that only reads may plan, and is refused to apply', async () => {
    const { test } = await events();
    const optimizer = await openOptimizer({ test, url: await limitedAccount(test, 'SELECT') });
    expect(brief((await optimizer.plan(bySource)).findings)).toEqual([`${eventsIndex} proposed`]);
    await expect(optimizer.run({ workload: bySource })).rejects.toMatchObject({
      code: 'privilege-missing',
      exitCode: 77,
    });
  });
});

describe('a server', () => {
  it('that is read-only is refused, and still planned for; without performance_schema it says so', async () => {
    const server = await startMariadb({ performanceSchema: false });
    atEndOfFile(() => server.stop());
    const optimizer = await openOptimizer({ serverUrl: server.url });
    await createEvents(optimizer.test);
    await optimizer.test.query('SET GLOBAL read_only = 1');
    const plan = await optimizer.plan(bySource);
    expect(brief(plan.findings)).toEqual([`${eventsIndex} proposed`]);
    expect(plan.unknown[0]).toContain('performance_schema is off');
    await expect(optimizer.run()).rejects.toMatchObject({ code: 'refused', exitCode: 77 });
    await expect(optimizer.rollback(1)).rejects.toMatchObject({ code: 'refused', exitCode: 77 });
    await optimizer.test.query('SET GLOBAL read_only = 0');
    // An idle connection ends after a second here, and the run's lock must not end with it.
    await optimizer.test.query('SET GLOBAL wait_timeout = 1');
    const slow = await openOptimizer({ test: optimizer.test });
    const run = await slow.run({
      workload: bySource,
      dropRedundant: true,
      confirmDrops: () => new Promise((resolve) => setTimeout(resolve, 2500)),
    });
    expect(brief(run.findings)).toEqual([`${eventsIndex} applied`]);
  });
});

describe('a workload file', () => {
  it('with broken statements is used for the rest, each of them named by its line', async () => {
    const optimizer = await events();
    const workload = [
      '-- What the pages ask',
      bySource,
      '',
      "SELECT 'never ends;",
      'SELEC id FROM events;',
      'SELECT id FROM no_such_table;',
      'SELECT no_such_column FROM events;',
      'SELECT id FROM events WHERE source = ?;',
      'DELETE FROM events;',
      'SELECT id FROM events WHERE source = 7 FOR UPDATE;',
      'SELECT SLEEP(100) FROM events;',
      'SELECT id FROM events INTO OUTFILE "/tmp/x";',
      'SELECT note FROM events WHERE source = 8;',
    ].join('\n');
    const { findings, refused, evidence } = await optimizer.plan(workload);
    expect(refused.map(({ line }) => line).sort((a, b) => Number(a) - Number(b))).toEqual([
      4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    expect(refused.every(({ reason }) => reason.length > 5)).toBe(true);
    expect(evidence.find(({ source }) => source === 'workload-file')?.statements).toBe(2);
    expect(brief(findings)).toEqual([`${eventsIndex} proposed`]);
    expect(findings[0]?.evidence.statements).toHaveLength(2);
    const [{ rows } = { rows: 0 }] = await optimizer.test.query<{ rows: number }>(
      'SELECT COUNT(*) AS `rows` FROM events',
    );
    expect(rows).toBe(20_000);
  });
});

describe('a plan file', () => {
  it('is applied later as it was written, only by its owner to be read', async () => {
    const optimizer = await events();
    const before = await optimizer.schema();
    const file = path.join(await temporaryFolder(), 'the plan.json');
    await writePlanFile(file, await optimizer.plan(bySource));
    const run = await optimizer.run({ given: await given(file, optimizer) });
    expect(brief(run.findings)).toEqual([`${eventsIndex} applied`]);
    // Applied once more, there is nothing left to do.
    const again = await optimizer.run({ given: await given(file, optimizer) });
    expect(again.findings).toMatchObject([{ status: 'applied', reason: 'it is there already' }]);
    await optimizer.rollback(run.runId);
    expect(await optimizer.schema()).toEqual(before);
  });

  it('is checked again against the schema as it is by then', async () => {
    const optimizer = await emptyShop();
    const file = path.join(await temporaryFolder(), 'plan.json');
    await writePlanFile(file, await optimizer.plan());
    await optimizer.test.query('ALTER TABLE users DROP INDEX idx_user_email');
    await optimizer.test.query('ALTER TABLE users DROP INDEX username');
    const { findings } = await optimizer.run({
      given: await given(file, optimizer),
      dropRedundant: true,
    });
    const of = (index: string) => findings.find((finding) => finding.index === index)?.status;
    // The first is gone, and the second is no longer covered: it stays.
    expect(of('idx_user_email')).not.toBe('blocked');
    expect((await optimizer.schema())['users']).toContain('idx_user_username');
    expect(of('idx_admin_email')).toBe('applied');
  });

  it('that was changed by hand, is for another database, or is none, is refused', async () => {
    const optimizer = await events();
    const folder = await temporaryFolder();
    const file = path.join(folder, 'plan.json');
    const plan = await optimizer.plan(bySource);
    const { database } = plan;
    const change = async (edit: (copy: PlanResult) => unknown): Promise<void> => {
      const copy = structuredClone(plan);
      edit(copy);
      await writePlanFile(file, copy);
    };
    await change((copy) => Object.assign(copy.findings[0] ?? {}, { sql: ['DROP TABLE events'] }));
    await expect(readPlanFile(file, database)).rejects.toMatchObject({ code: 'input-invalid' });
    await change((copy) =>
      Object.assign(copy.findings[0]?.step ?? {}, {
        parts: [
          {
            column: null,
            expression: '1); DROP TABLE events; --',
            prefixLength: null,
            isDescending: false,
          },
        ],
      }),
    );
    await expect(readPlanFile(file, database)).rejects.toMatchObject({ code: 'input-invalid' });
    await change(() => undefined);
    await expect(readPlanFile(file, 'other')).rejects.toMatchObject({ code: 'refused' });
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '{"scalectlPlan":2}',
      '{"scalectlPlan":1,"plan":{"findings":[null]}}',
      '{"scalectlPlan":1,"plan":{"findings":[{}]}}',
    ]) {
      await writeFile(file, text);
      await expect(readPlanFile(file, database)).rejects.toMatchObject({ code: 'input-invalid' });
    }
    await expect(readPlanFile(path.join(folder, 'none'), database)).rejects.toMatchObject({
      code: 'input-invalid',
    });
  });
});

async function given(file: string, { test }: OpenOptimizer) {
  return { result: await readPlanFile(file, test.name), statements: [] };
}
