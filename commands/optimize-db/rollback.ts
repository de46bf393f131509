import type { RollbackResult } from '../../src/optimizer/rollback.ts';
import type { RunHistory } from '../../src/optimizer/history.ts';
import { ScalectlError } from '../../src/errors.ts';
import { plural } from '../../src/output/text.ts';
import { argument } from '../option.ts';
import { defineCommand } from '../define.ts';
import { engineOptions, requireTwoConnections } from './engine.ts';
import { renderHistory, renderRollback } from './render-history.ts';

export const rollback = defineCommand({
  name: 'rollback',
  summary: 'take back what a run changed: its indexes go, the ones it dropped come back',
  changes: 'schema',
  arguments: { run: argument('<RUN>', 'number of the run, from optimize-db history') },
  examples: [
    {
      command: 'scalectl optimize-db rollback 12',
      does: 'shows what run 12 did, asks, takes it back',
    },
  ],
  exitCodes: { 1: 'there is no such run, or a step was blocked' },
  run: async (context, { arguments: { run } }) => {
    const runId = readRunId(run);
    const options = await engineOptions(context);
    await requireTwoConnections(context);
    const database = await context.database();
    const { findRun } = await import('../../src/optimizer/history.ts');
    const known = await findRun(database, runId);
    if (context.globals.dryRun) return { result: known };
    const steps = known.steps.filter(
      (step) => step.state === 'applied' && step.index !== null,
    ).length;
    if (steps > 0) {
      await context.show((screen) => renderHistory([known], screen));
      await context.confirm(`Take back ${plural(steps, 'change')} of run ${runId}?`);
    }
    const { rollbackRun } = await import('../../src/optimizer/rollback.ts');
    const result = await rollbackRun(database, runId, options);
    const isBlocked = result.steps.some((step) => step.outcome === 'blocked');
    return { result, exitCode: isBlocked ? 1 : 0 };
  },
  render: (result: RollbackResult | RunHistory, screen) =>
    'recovered' in result ? renderRollback(result, screen) : renderHistory([result], screen),
});

function readRunId(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ScalectlError('usage', `RUN is "${text}"; allowed: a whole number`, {
    hint: 'scalectl optimize-db history lists the runs.',
  });
}
