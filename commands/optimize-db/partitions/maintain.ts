import type { MaintainResult } from '../../../src/optimizer/partitions/maintain.ts';
import type { Context } from '../../context.ts';
import { defineCommand } from '../../define.ts';
import { requireTwoConnections } from '../engine.ts';
import { renderMaintained } from './render.ts';

type MaintainCommandResult = MaintainResult & { dryRun: boolean };

export const maintain = defineCommand({
  name: 'maintain',
  summary: 'add the coming months to tables with monthly partitions; safe from cron',
  description:
    'Adds what is missing of the current month and the next optimizer.partitions.ahead. The partition of everything later is split while it is empty, so no row moves. Rows in it are an alarm: they came before their month had a partition. Months that are older than optimizer.partitions.retention are dropped with their rows; without that setting none is. With optimizer.partitions.exportTo their rows are written to files there before. A second run changes nothing.',
  changes: 'schema',
  examples: [
    { command: 'scalectl optimize-db partitions maintain', does: 'adds the months' },
    { command: 'scalectl optimize-db partitions maintain --dry-run', does: 'shows the statements' },
  ],
  exitCodes: {
    1: 'done, and a table could not be brought up to date, or rows sit behind its months',
  },
  run: async (context) => {
    const { dryRun } = context.globals;
    const result: MaintainCommandResult = {
      ...(dryRun ? await planned(context) : await maintained(context)),
      dryRun,
    };
    const isBlocked = result.tables.some(({ status }) => status === 'blocked');
    return { result, exitCode: isBlocked ? 1 : 0 };
  },
  render: (result, screen) => {
    if (result.tables.length + result.others.length === 0) return 'no table has partitions';
    const text = renderMaintained(result, screen);
    return result.dryRun ? `${text}\n\nNothing was changed.` : text;
  },
});

async function planned(context: Context): Promise<MaintainResult> {
  const { values } = await context.config();
  const database = await context.database();
  const { planMaintenance, readServerTime } =
    await import('../../../src/optimizer/partitions/maintain.ts');
  return planMaintenance(database, database.target.database, {
    ...values.optimizer.partitions,
    now: await readServerTime(database),
  });
}

async function maintained(context: Context): Promise<MaintainResult> {
  await requireTwoConnections(context);
  const { values } = await context.config();
  const database = await context.database();
  const { openRun } = await import('../../../src/optimizer/run.ts');
  const { recoverConversions } = await import('../../../src/optimizer/partitions/convert/undo.ts');
  const { maintainPartitions, readServerTime } =
    await import('../../../src/optimizer/partitions/maintain.ts');
  await using run = await openRun(database, {
    settings: values.optimizer,
    onProgress: (text) => context.progress.start(text),
    signal: context.signal,
  });
  await recoverConversions(run);
  return await maintainPartitions(run, {
    ...values.optimizer.partitions,
    now: await readServerTime(run.session),
  });
}
