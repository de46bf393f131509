import type { RunResult } from '../../src/optimizer/apply.ts';
import type { PlanResult } from '../../src/optimizer/plan.ts';
import { defineCommand } from '../define.ts';
import { flag, text } from '../option.ts';
import { applyNow, planOnly } from './engine.ts';
import { renderPlan, renderRun } from './render.ts';

export const workloadOption = text(
  '--workload <FILE>',
  'SQL statements that the application runs, with values: each ended by a semicolon, or one a line',
);
export const dropRedundantOption = flag(
  '--drop-redundant',
  'also drop indexes whose work another index does (asks first)',
);
export const dropUnusedOption = flag(
  '--drop-unused',
  'also drop indexes that nothing has read for optimizer.unusedAfter (asks first)',
);

/** The bare `optimize-db`: plan and apply. */
export const optimize = defineCommand({
  name: 'optimize-db',
  summary: 'find missing and redundant indexes, and prove each new one on real statements',
  changes: 'schema',
  options: {
    workload: workloadOption,
    dropRedundant: dropRedundantOption,
    dropUnused: dropUnusedOption,
  },
  examples: [
    {
      command: 'scalectl optimize-db --workload queries.sql',
      does: 'plans, builds and proves what the statements ask for',
    },
    {
      command: 'scalectl optimize-db --dry-run',
      does: 'shows what would be done and changes nothing',
    },
    {
      command: 'scalectl optimize-db --drop-redundant --yes',
      does: 'also drops redundant indexes, without a question',
    },
  ],
  exitCodes: { 1: 'done, and a step was blocked' },
  run: async (context, { options }) => {
    if (context.globals.dryRun) {
      return { result: await planOnly(context, options.workload) };
    }
    return applyNow(context, { ...options, planFile: undefined });
  },
  render: (result: PlanResult | RunResult, screen) =>
    'runId' in result ? renderRun(result, screen) : renderPlan(result, screen),
});
