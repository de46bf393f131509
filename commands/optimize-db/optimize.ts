import type { RunResult } from '../../src/optimizer/apply.ts';
import type { PlanResult } from '../../src/optimizer/plan.ts';
import { defineCommand } from '../define.ts';
import { applyNow, planOnly } from './engine.ts';
import { renderPlan, renderRun } from './render.ts';
import { runOptions } from './run-options.ts';

/** The bare `optimize-db`: plan and apply. */
export const optimize = defineCommand({
  name: 'optimize-db',
  summary: 'find missing and redundant indexes, and prove each new one on real statements',
  changes: 'schema',
  options: runOptions,
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
  exitCodes: {
    1: 'done, and a step was blocked, or an index of an earlier run slows a statement down',
  },
  run: async (context, { options }) => {
    if (context.globals.dryRun) {
      return { result: await planOnly(context, options) };
    }
    return applyNow(context, options);
  },
  render: (result: PlanResult | RunResult, screen) =>
    'runId' in result ? renderRun(result, screen) : renderPlan(result, screen),
});
