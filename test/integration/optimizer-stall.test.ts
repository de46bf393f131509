import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { brief, createEvents, openOptimizer } from '../support/optimizer.ts';
import { writeWhile } from '../support/stall.ts';

const workload = "SELECT id, note FROM events WHERE source = 7 AND happened_at > '2026-01-05';";
const insert =
  "INSERT INTO events (source, kind, note, happened_at) VALUES (1, 'usual', 'x', '2026-02-01')";
const index = 'missing-index events (source, happened_at)';

describe('an application that writes while an index is built', () => {
  it('gets its index as soon as the transaction has ended', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await createEvents(test);
    await test.query('START TRANSACTION');
    await test.query('SELECT * FROM events LIMIT 1');
    const committed = sleep(1500).then(() => test.query('COMMIT'));
    const { longestMs, result } = await writeWhile(test, insert, () => optimizer.run({ workload }));
    await committed;
    expect(brief(result.findings)).toEqual([`${index} applied`]);
    expect(longestMs).toBeLessThan(1200);
  });
});
