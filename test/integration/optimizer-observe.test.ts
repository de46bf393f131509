import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import mysql from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { observeAndKeep } from '../../src/optimizer/observe/keep.ts';
import type { KeptObservation, Keeping } from '../../src/optimizer/observe/keep.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import { brief, createEvents, openOptimizer } from '../support/optimizer.ts';
import type { OpenOptimizer } from '../support/optimizer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const slowly = "SELECT id FROM events WHERE source = 7 AND note <> 'y'";

async function connect(url: string): Promise<mysql.Connection> {
  const connection = await mysql.createConnection({ uri: url });
  atEndOfFile(() => connection.end().catch(() => undefined));
  return connection;
}

/** Runs statements one after the other on connections of their own while the other work goes on. */
async function whileRunning<T>(
  url: string,
  statements: readonly string[],
  work: (threadId: number) => Promise<T>,
): Promise<T> {
  const connection = await connect(url);
  let isOver = false;
  const running = (async () => {
    while (!isOver)
      for (const statement of statements) if (!isOver) await connection.query(statement);
  })();
  try {
    return await work(connection.threadId);
  } finally {
    isOver = true;
    await running;
    await connection.end();
  }
}

function observe(
  { database }: OpenOptimizer,
  keeping: Keeping,
  options: { durationMs?: number; signal?: AbortSignal; onProgress?: () => void } = {},
): Promise<KeptObservation> {
  return observeAndKeep(database, keeping, {
    durationMs: options.durationMs ?? 1000,
    hz: 10,
    keepEveryMs: 300,
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
  });
}

/** The optimizer under an account that may do nothing but what is granted on its database. */
async function limited(
  optimizer: OpenOptimizer,
  rights: string,
): Promise<OpenOptimizer & { url: string }> {
  const { test } = optimizer;
  const user = `o${test.name.slice(5)}`;
  await test.query(`CREATE USER ${user}@'%' IDENTIFIED BY 'geheim'`);
  atEndOfFile(async () => {
    await test.query(`DROP USER ${user}@'%'`);
  });
  await test.query(`GRANT ${rights} ON ${test.name}.* TO ${user}@'%'`);
  const url = Object.assign(new URL(test.url), { username: user, password: 'geheim' }).href;
  return { ...(await openOptimizer({ test, url })), url };
}

describe('observing', () => {
  it('counts executions by form and estimates their time, without its own statements', async () => {
    const optimizer = await openOptimizer();
    const sleeps = [1, 2, 3].map((i) => `SELECT SLEEP(0.35), ${i}`);
    const seen = await whileRunning(optimizer.test.url, sleeps, () =>
      observe(optimizer, { kind: 'nowhere' }, { durationMs: 1500 }),
    );
    expect(seen.forms.map(({ form }) => form)).toEqual(['select sleep ( ? ) , ?']);
    const [form] = seen.forms;
    expect(form?.executions).toBeGreaterThanOrEqual(3);
    expect(form?.executions).toBeLessThanOrEqual(6);
    expect(form?.samples).toBeGreaterThan(form?.executions ?? 0);
    expect(form?.totalMs).toBeGreaterThan(900);
    expect(form?.totalMs).toBeLessThan(2000);
    expect(form?.statements).toHaveLength(3);
    expect(seen).toMatchObject({ seesAllAccounts: true, kept: 0, failure: null });
    expect(seen.loadBy).toBe('processor-time');
    expect(seen.load).toBeGreaterThan(0);
    expect(seen.load).toBeLessThan(0.2);
  });

  it('is evidence for later plans, for 30 days', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await createEvents(test);
    await whileRunning(test.url, [slowly], () => observe(optimizer, { kind: 'table' }));
    await test.query('TRUNCATE performance_schema.events_statements_summary_by_digest');
    const { evidence, findings } = await optimizer.plan();
    expect(evidence.map(({ source, statements }) => `${source} ${statements}`)).toContain(
      'observed 1',
    );
    expect(brief(findings)).toEqual(['missing-index events (source) proposed']);
    const [statement] = findings[0]?.evidence.statements ?? [];
    expect(statement).toMatchObject({ statement: slowly, values: 'own', sources: ['observed'] });
    expect(statement?.count).toBeGreaterThan(0);

    await test.query('UPDATE scalectl_observations SET last_seen = last_seen - INTERVAL 31 DAY');
    expect((await optimizer.plan()).evidence.map(({ source }) => source)).not.toContain('observed');
    await observe(optimizer, { kind: 'table' }, { durationMs: 100 });
    expect(await test.query('SELECT * FROM scalectl_observations')).toEqual([]);
  });

  it('needs no privilege: an account sees its own statements, and keeps them in a file of its own', async () => {
    const optimizer = await openOptimizer();
    await createEvents(optimizer.test);
    const account = await limited(optimizer, 'SELECT');
    await expect(observe(account, { kind: 'table' })).rejects.toMatchObject({
      code: 'privilege-missing',
      hint: expect.stringContaining('--out FILE') as string,
    });
    const file = path.join(await temporaryFolder(), 'seen.sql');
    const seen = await whileRunning(account.url, [slowly], () =>
      whileRunning(optimizer.test.url, ['SELECT SLEEP(0.2)'], () =>
        observe(account, { kind: 'file', file }),
      ),
    );
    expect(seen).toMatchObject({ seesAllAccounts: false, kept: 1 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const workload = await readFile(file, 'utf8');
    expect(workload).toContain(`${slowly}\n;`);
    const { findings, refused } = await account.plan(workload);
    expect(refused).toEqual([]);
    expect(brief(findings)).toEqual(['missing-index events (source) proposed']);
  });

  it('that is ended early keeps what it saw', async () => {
    const optimizer = await openOptimizer();
    await createEvents(optimizer.test);
    const stop = new AbortController();
    let samples = 0;
    const seen = await whileRunning(optimizer.test.url, [slowly], () =>
      observe(
        optimizer,
        { kind: 'table' },
        {
          durationMs: 60_000,
          signal: stop.signal,
          onProgress: () => {
            samples += 1;
            if (samples === 10) stop.abort();
          },
        },
      ),
    );
    expect(seen.durationMs).toBeLessThan(30_000);
    expect(seen.kept).toBe(1);
    // It was kept in between, too, in the same row.
    const [form] = seen.forms;
    expect(
      await optimizer.test.query('SELECT samples, executions FROM scalectl_observations'),
    ).toEqual([{ samples: form?.samples, executions: form?.executions }]);
  });

  it('whose connection is killed keeps what it saw, and says why it ended', async () => {
    const optimizer = await openOptimizer();
    await createEvents(optimizer.test);
    const { test } = optimizer;
    let samples = 0;
    const seen = await whileRunning(test.url, [slowly], (busy) =>
      observe(
        optimizer,
        { kind: 'table' },
        {
          durationMs: 60_000,
          onProgress: () => {
            samples += 1;
            if (samples === 10) void killOthers(optimizer, busy);
          },
        },
      ),
    );
    expect(seen.failure).not.toBeNull();
    expect(seen.kept).toBe(1);
    expect(await test.query('SELECT 1 FROM scalectl_observations')).toHaveLength(1);
  });

  it('leaves out statements that the server cuts, and tells how often', async () => {
    const optimizer = await openOptimizer();
    const long = `SELECT SLEEP(0.5), '${'x'.repeat(70_000)}'`;
    const seen = await whileRunning(optimizer.test.url, [long], () =>
      observe(optimizer, { kind: 'nowhere' }),
    );
    expect(seen.forms).toEqual([]);
    expect(seen.unused.cut).toBeGreaterThan(0);
  });
});

/** Ends every connection that is idle now, the one that observes among them, but for one. */
async function killOthers({ test, database }: OpenOptimizer, busy: number): Promise<void> {
  const rows = await test.query<{ id: number }>(
    `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = ? AND COMMAND = 'Sleep' AND ID <> ?`,
    [database.target.database, busy],
  );
  for (const { id } of rows) await test.query('KILL ?', [id]);
}
