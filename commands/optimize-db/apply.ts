import type { RunResult } from '../../src/optimizer/apply.ts';
import type { PlanResult } from '../../src/optimizer/plan.ts';
import { ScalectlError } from '../../src/errors.ts';
import { defineCommand } from '../define.ts';
import { optionalArgument } from '../option.ts';
import { applyNow, planOnly } from './engine.ts';
import { refuseEvidence } from './evidence.ts';
import { runOptions } from './run-options.ts';
import { renderPlan, renderRun } from './render.ts';

export const apply = defineCommand({
  name: 'apply',
  summary: 'apply a plan that was written by plan --out, each step checked again first',
  description:
    'Without a file it plans and applies, as optimize-db alone does. A plan file holds the statements of the workload with their values; statements that change the schema are made again from its steps, and a file that was changed by hand is refused.',
  changes: 'schema',
  arguments: { file: optionalArgument('[FILE]', 'the plan') },
  options: runOptions,
  examples: [
    { command: 'scalectl optimize-db apply plan.json', does: 'applies the safe steps of the plan' },
  ],
  exitCodes: {
    1: 'done, and a step was blocked, or an index of an earlier run slows a statement down',
  },
  run: async (context, { options, arguments: { file } }) => {
    if (file !== undefined) refuseEvidence(options);
    if (file !== undefined && options.autoRevert) {
      throw new ScalectlError('usage', 'a plan file and --auto-revert exclude each other', {
        hint: 'A plan file is applied as it was shown; run optimize-db --auto-revert without one.',
      });
    }
    if (file !== undefined && options.rebuild.length > 0) {
      throw new ScalectlError('usage', 'a plan file and --rebuild exclude each other', {
        hint: 'A plan file is applied as it was shown; run optimize-db --rebuild without one.',
      });
    }
    if (context.globals.dryRun) {
      if (file === undefined) return { result: await planOnly(context, options, options.rebuild) };
      const { readPlanFile } = await import('../../src/optimizer/plan-file.ts');
      const database = await context.database();
      return { result: await readPlanFile(file, database.target.database) };
    }
    return applyNow(context, options, file);
  },
  render: (result: PlanResult | RunResult, screen) =>
    'runId' in result ? renderRun(result, screen) : renderPlan(result, screen),
});
