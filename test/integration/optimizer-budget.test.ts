import { describe, expect, it } from 'vitest';
import { brief, createEvents, openOptimizer } from '../support/optimizer.ts';
import type { OpenOptimizer } from '../support/optimizer.ts';

const bySource = "SELECT id, note FROM events WHERE source = 7 AND happened_at > '2026-01-05';";
/** A good second on the server without an index, as it looks at half a million pairs of rows. */
const slow =
  "SELECT SUM(CRC32(CONCAT(a.note, b.note, a.id, b.id))) FROM events a JOIN events b ON b.source = a.source WHERE a.kind = 'rare';";

async function events(settings: Record<string, string> = {}): Promise<OpenOptimizer> {
  const optimizer = await openOptimizer({ settings });
  await createEvents(optimizer.test);
  return optimizer;
}

describe('the time for proofs', () => {
  it('is kept to: what is left is told, stays proposed and is not remembered as refused', async () => {
    const optimizer = await events({ SCALECTL_OPTIMIZER_MAX_TIME: '1s' });
    const before = await optimizer.schema();
    const run = await optimizer.run({ workload: `${slow}\n${bySource}` });
    const left = run.findings.filter(({ status }) => status !== 'applied');
    expect(left.length).toBeGreaterThan(0);
    expect(JSON.stringify(left)).toContain('optimizer.maxTime');
    // With time enough, what was left is done.
    await optimizer.rollback(run.runId);
    expect(await optimizer.schema()).toEqual(before);
  });

  it('is told in full beside the figures, with the control of each statement', async () => {
    const optimizer = await events();
    const told: string[] = [];
    const run = await optimizer.run({
      workload: bySource,
      isUnattended: true,
      onProgress: (text) => told.push(text),
    });
    expect(brief(run.findings)).toEqual(['missing-index events (source, happened_at) applied']);
    const { control, statements } = run.findings[0]?.evidence ?? { statements: [] };
    expect(control?.ratio).toBeGreaterThan(0);
    expect(statements[0]?.control).toEqual(control);
    expect(told).toContain('proving the index on events (source, happened_at)');
  });
});
