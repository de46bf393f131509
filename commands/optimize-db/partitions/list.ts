import type { PartitionVerdict } from '../../../src/optimizer/partitions/judge.ts';
import type { MaintainResult } from '../../../src/optimizer/partitions/maintain.ts';
import type { Screen } from '../../../src/output/screen.ts';
import { defineCommand } from '../../define.ts';
import { renderVerdict } from '../render-partitions.ts';
import { renderMaintained } from './render.ts';

interface ListResult extends MaintainResult {
  /** Tables with a date that have no partitions. */
  candidates: PartitionVerdict[];
}

export const list = defineCommand({
  name: 'list',
  summary: 'every table with a date: partitioned, possible, or what stands against it',
  description:
    'A partitioned table cannot have foreign keys or be pointed at by one, and each of its unique keys must hold the date: most tables of a shop cannot be partitioned as they stand. What stands against it is named exactly.',
  changes: 'nothing',
  examples: [
    { command: 'scalectl optimize-db partitions list', does: 'prints tables and blockers' },
    { command: 'scalectl optimize-db partitions list --json', does: 'for a script' },
  ],
  run: async (context) => {
    const { values } = await context.config();
    const database = await context.database();
    const { inspectSchema } = await import('../../../src/optimizer/inspect.ts');
    const { judgePartitions } = await import('../../../src/optimizer/partitions/judge.ts');
    const { planMaintenance, readServerTime } =
      await import('../../../src/optimizer/partitions/maintain.ts');
    const schema = await inspectSchema(database, {
      database: database.target.database,
      flavor: database.flavor,
      signal: context.signal,
    });
    const maintained = await planMaintenance(database, database.target.database, {
      ...values.optimizer.partitions,
      now: await readServerTime(database),
    });
    const candidates = judgePartitions(schema).filter(({ table }) => {
      const known = [...maintained.tables, ...maintained.others];
      return !known.some((each) => each.table === table);
    });
    const result: ListResult = { ...maintained, candidates };
    const isDue = result.tables.some(({ status }) => status === 'proposed');
    return { result, ...(isDue ? { next: 'scalectl optimize-db partitions maintain' } : {}) };
  },
  render: renderList,
});

function renderList(result: ListResult, screen: Screen): string {
  const parts: string[] = [];
  if (result.tables.length + result.others.length > 0) parts.push(renderMaintained(result, screen));
  if (result.candidates.length > 0) {
    parts.push(screen.heading('without partitions'), ...result.candidates.map(renderVerdict));
  }
  return parts.length === 0 ? 'no table has a date' : parts.join('\n\n');
}
