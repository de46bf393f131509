import type { RunResult } from '../../src/optimizer/apply.ts';
import type { PlanResult } from '../../src/optimizer/plan.ts';
import { defineCommand } from '../define.ts';
import { duration, flag } from '../option.ts';
import { applyNow, planOnly } from './engine.ts';
import { evidenceOptions } from './evidence.ts';
import { renderPlan, renderRun } from './render.ts';

export const dropRedundantOption = flag(
  '--drop-redundant',
  'also drop indexes whose work another index does (asks first)',
);

export const maxTimeOption = duration(
  '--max-time <TIME>',
  'for all proofs of the run together, default optimizer.maxTime (5m); what is left waits for the next run',
);

export const autoRevertOption = flag(
  '--auto-revert',
  'take back indexes of the last 30 days that slow statements down since',
);

/** The bare `optimize-db`: plan and apply. */
export const optimize = defineCommand({
  name: 'optimize-db',
  summary: 'find missing and redundant indexes, and prove each new one on real statements',
  changes: 'schema',
  options: {
    ...evidenceOptions,
    dropRedundant: dropRedundantOption,
    maxTime: maxTimeOption,
    autoRevert: autoRevertOption,
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
  exitCodes: {
    1: 'done, and a step was blocked, or an index of an earlier run slows a statement down',
  },
  run: async (context, { options }) => {
    if (context.globals.dryRun) {
      return { result: await planOnly(context, options) };
    }
    return applyNow(context, {
      flags: options,
      dropRedundant: options.dropRedundant,
      autoRevert: options.autoRevert,
      maxTime: options.maxTime,
      planFile: undefined,
    });
  },
  render: (result: PlanResult | RunResult, screen) =>
    'runId' in result ? renderRun(result, screen) : renderPlan(result, screen),
});
