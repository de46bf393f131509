import type { RunResult } from '../../src/optimizer/apply.ts';
import type { PlanResult } from '../../src/optimizer/plan.ts';
import { ScalectlError } from '../../src/errors.ts';
import { defineCommand } from '../define.ts';
import { text } from '../option.ts';
import { applyNow, planOnly } from './engine.ts';
import { convertOrPlan, giveUpOption } from './partitions/convert.ts';
import type { ConvertResult } from './partitions/convert.ts';
import { renderConversion } from './partitions/render-conversion.ts';
import { renderPlan, renderRun } from './render.ts';
import { runOptions } from './run-options.ts';

/** The bare `optimize-db`: plan and apply. */
export const optimize = defineCommand({
  name: 'optimize-db',
  summary: 'find missing and redundant indexes, and prove each new one on real statements',
  changes: 'schema',
  options: {
    ...runOptions,
    convert: text(
      '--convert <TABLE>',
      'only give this table monthly partitions, as partitions convert does (asks first)',
    ),
    giveUp: giveUpOption,
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
    {
      command: 'scalectl optimize-db --rebuild sessions',
      does: 'also gives the free room of this table back to the disk, after a question',
    },
  ],
  exitCodes: {
    1: 'done, and a step was blocked, or an index of an earlier run slows a statement down',
  },
  run: async (context, { options }) => {
    const { convert, giveUp, ...forRun } = options;
    if (convert !== undefined) {
      const isGiven = (value: unknown): boolean =>
        Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
      if (Object.values(forRun).some(isGiven)) {
        throw new ScalectlError('usage', '--convert goes with --give-up alone', {
          hint: 'Run the two one after the other.',
        });
      }
      return convertOrPlan(context, { table: convert, by: undefined, giveUp });
    }
    if (giveUp.length > 0) throw new ScalectlError('usage', '--give-up needs --convert TABLE');
    if (context.globals.dryRun) {
      return { result: await planOnly(context, options, options.rebuild) };
    }
    return applyNow(context, options);
  },
  render: (result: PlanResult | RunResult | ConvertResult, screen) => {
    if ('comparedRows' in result) return renderConversion(result, screen);
    return 'runId' in result ? renderRun(result, screen) : renderPlan(result, screen);
  },
});
