import { defineCommand } from '../define.ts';
import { text } from '../option.ts';
import { dropFlags, planOnly } from './engine.ts';
import { evidenceOptions, withEvidence } from './evidence.ts';
import { renderPlan } from './render.ts';
import { shellWord } from './workload.ts';

export const plan = defineCommand({
  name: 'plan',
  summary: 'show what optimize-db would do, with the statements, and change nothing',
  changes: 'nothing',
  options: {
    ...evidenceOptions,
    out: text('--out <FILE>', 'also write the plan to a file that optimize-db apply takes'),
  },
  examples: [
    {
      command: 'scalectl optimize-db plan --workload queries.sql',
      does: 'shows findings, reasons and SQL',
    },
    {
      command: 'scalectl optimize-db plan --out plan.json',
      does: 'keeps the plan, to be read and applied later',
    },
  ],
  exitCodes: { 0: 'nothing is proposed', 1: 'something is proposed' },
  run: async (context, { options }) => {
    const result = await planOnly(context, options);
    if (options.out !== undefined) {
      const { writePlanFile } = await import('../../src/optimizer/plan-file.ts');
      await writePlanFile(options.out, result);
    }
    if (result.summary.proposed === 0) return { result };
    const isDropAlone =
      result.maintained.tables.every(({ status }) => status !== 'proposed') &&
      result.findings.every(
        (finding) => finding.status !== 'proposed' || finding.step?.kind === 'drop-index',
      );
    const drop = isDropAlone ? ` ${dropFlags(result.findings).join(' ')}` : '';
    const next =
      options.out === undefined
        ? withEvidence(`scalectl optimize-db${drop}`, options)
        : `scalectl optimize-db apply ${shellWord(options.out)}${drop}`;
    return { result, exitCode: 1, next };
  },
  render: renderPlan,
});
