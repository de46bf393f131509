import { describe, expect, it } from 'vitest';
import { readFreeBytes } from '../../src/optimizer/disk-space.ts';
import { createEvents, openOptimizer } from '../support/optimizer.ts';

const workload = "SELECT id, note FROM events WHERE source = 7 AND happened_at > '2026-01-05';";

describe('before an index is built', () => {
  it('its size is estimated, and the room on the disk looked up; after it the bytes are told', async () => {
    const optimizer = await openOptimizer();
    await createEvents(optimizer.test);
    expect(await readFreeBytes(optimizer.database)).toBeGreaterThan(1_000_000);
    const run = await optimizer.run({ workload });
    const { build } = run.findings[0] ?? {};
    const [{ bytes } = { bytes: 0 }] = await optimizer.test.query<{ bytes: number }>(
      `SELECT stat_value * @@innodb_page_size AS bytes FROM mysql.innodb_index_stats
       WHERE database_name = DATABASE() AND index_name = 'idx_events_source_happened_at' AND stat_name = 'size'`,
    );
    expect(build?.estimatedBytes).toBeGreaterThan(Number(bytes) / 2);
    expect(build?.estimatedBytes).toBeLessThan(Number(bytes) * 2);
    expect(build?.tookMs).toBeGreaterThan(0);
    expect(run.indexBytesBefore).toBe(0);
    expect(run.summary.indexBytes).toBe(Number(bytes));
  });
});
