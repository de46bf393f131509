import { describe, expect, it } from 'vitest';
import { brief, createEvents, openOptimizer } from '../support/optimizer.ts';
import { writeWhile } from '../support/stall.ts';

const workload = "SELECT id, note FROM events WHERE source = 7 AND happened_at > '2026-01-05';";
const insert =
  "INSERT INTO events (source, kind, note, happened_at) VALUES (1, 'usual', 'x', '2026-02-01')";
const index = 'missing-index events (source, happened_at)';

describe('an application that writes while an index is built', () => {
  it('is not stopped for longer than 1.2 s by a transaction that was left open', async () => {
    const optimizer = await openOptimizer();
    const { test } = optimizer;
    await createEvents(test);
    await test.query('START TRANSACTION');
    await test.query('SELECT * FROM events LIMIT 1');
    const { writes, longestMs, result } = await writeWhile(test, insert, () =>
      optimizer.run({ workload }),
    );
    await test.query('COMMIT');
    expect(brief(result.findings)).toEqual([`${index} blocked`]);
    expect(result.findings[0]?.reason).toMatch(/stayed in use.*has a transaction open for \d+ s/);
    expect(writes).toBeGreaterThan(100);
    expect(longestMs).toBeLessThan(1200);
  });
});
