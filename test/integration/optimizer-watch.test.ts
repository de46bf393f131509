import { describe, expect, it } from 'vitest';
import { readHistory } from '../../src/optimizer/history.ts';
import type { RunResult } from '../../src/optimizer/apply.ts';
import { startMariadb } from '../../src/sandbox/servers/mariadb.ts';
import { atEndOfFile } from '../support/cleanups.ts';
import { brief, createEvents, openOptimizer } from '../support/optimizer.ts';
import type { OpenOptimizer } from '../support/optimizer.ts';

const table = 'events (source, happened_at)';
const workload = "SELECT id, note FROM events WHERE source = 7 AND happened_at > '2026-01-05';";

async function read({ test }: OpenOptimizer, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1)
    await test.query(`SELECT id, note FROM events WHERE source = 7 AND happened_at > '2026-01-05'`);
}

async function write({ test }: OpenOptimizer, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1)
    await test.query(
      `INSERT INTO events (source, kind, note, happened_at) VALUES (${i}, 'usual', 'x', '2026-02-01')`,
    );
}

/** A database whose index an earlier run added, with what its statements took before. */
async function indexed(
  reads: number,
  writes = 0,
): Promise<{ optimizer: OpenOptimizer; first: RunResult; before: Record<string, string> }> {
  const optimizer = await openOptimizer();
  await createEvents(optimizer.test);
  await read(optimizer, reads);
  await write(optimizer, writes);
  const before = await optimizer.schema();
  const first = await optimizer.run({ workload });
  expect(brief(first.findings)).toEqual([`missing-index ${table} applied`]);
  return { optimizer, first, before };
}

describe('an index of an earlier run', () => {
  it('is found good by what the server counted before and since', async () => {
    const { optimizer, first } = await indexed(100);
    await read(optimizer, 100);
    const { watched, findings } = await optimizer.plan();
    expect(watched).toMatchObject([
      { runId: first.runId, index: 'idx_events_source_happened_at', verdict: 'good' },
    ]);
    expect(watched[0]?.savedMs).toBeGreaterThan(0);
    expect(watched[0]?.statements).toMatchObject([
      { kind: 'read', beforeCount: 100, sinceCount: 100, isSlower: false },
    ]);
    expect(findings).toEqual([]);
  });

  it('is not judged by a handful of executions', async () => {
    const { optimizer } = await indexed(5);
    await read(optimizer, 100);
    const { watched } = await optimizer.plan();
    expect(watched).toMatchObject([{ verdict: 'too-few', savedMs: null }]);
    expect(watched[0]?.reason).toContain('too few executions to judge');
  });

  it('is an alarm when it slows a statement down, and is taken back only on request', async () => {
    const { optimizer, first, before } = await indexed(100);
    // What selected fifty rows selects thousands now.
    await optimizer.test.query('UPDATE events SET source = 7 + id % 2');
    await read(optimizer, 100);
    const alarm = await optimizer.run();
    expect(brief(alarm.findings)).toEqual([`regression ${table} review`]);
    expect(alarm.findings[0]?.reason).toMatch(
      /since run 1 added idx_events_source_happened_at: SELECT .* takes .* ms instead of .* ms \(100 executions since, 100 before\)/,
    );
    expect(await optimizer.schema()).not.toEqual(before);

    const revert = await optimizer.run({ autoRevert: true });
    expect(brief(revert.findings)).toEqual([`regression ${table} applied`]);
    expect(await optimizer.schema()).toEqual(before);
    const [shown] = (await readHistory(optimizer.database, 10)).filter(
      ({ runId }) => runId === first.runId,
    );
    expect(shown?.steps).toMatchObject([
      {
        state: 'rolled-back',
        message: expect.stringContaining(`taken back by run ${revert.runId}`) as string,
      },
    ]);
    // It is over: no alarm, and no second attempt with the same index.
    const after = await optimizer.plan(workload);
    expect(after.watched).toEqual([]);
    expect(brief(after.findings)).toEqual([`missing-index ${table} rejected`]);
  });

  it('stays when writes cost more and reads save more than that, and goes when they do not', async () => {
    const { optimizer } = await indexed(100, 100);
    const { test } = optimizer;
    await test.query(
      'CREATE TRIGGER slow BEFORE INSERT ON events FOR EACH ROW SET NEW.note = IF(SLEEP(0.003) = 0, NEW.note, NULL)',
    );
    await write(optimizer, 100);
    await read(optimizer, 200);
    const kept = await optimizer.run({ autoRevert: true });
    expect(brief(kept.findings)).toEqual([`regression ${table} review`]);
    expect(kept.findings[0]?.reason).toMatch(/INSERT INTO .* altogether it saved/);
    await write(optimizer, 700);
    const gone = await optimizer.run({ autoRevert: true });
    expect(brief(gone.findings)).toEqual([`regression ${table} applied`]);
    expect(gone.findings[0]?.reason).toMatch(/altogether it cost/);
  });

  it('is timed again where the server counts nothing', async () => {
    const server = await startMariadb({ performanceSchema: false });
    atEndOfFile(() => server.stop());
    const optimizer = await openOptimizer({ serverUrl: server.url });
    await createEvents(optimizer.test);
    await optimizer.run({ workload });
    expect((await optimizer.plan()).watched).toMatchObject([{ verdict: 'unknown' }]);
    const { watched, findings } = await optimizer.run();
    expect(watched).toMatchObject([{ verdict: 'good', savedMs: null }]);
    expect(watched[0]?.reason).toMatch(
      /^timed again: a statement takes .* with it and .* without$/,
    );
    expect(findings).toEqual([]);
  });
});
