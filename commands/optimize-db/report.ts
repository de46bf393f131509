import type { ReportResult } from '../../src/optimizer/report/result.ts';
import { defineCommand } from '../define.ts';
import { text } from '../option.ts';
import { engineOptions } from './engine.ts';
import { evidenceOptions } from './evidence.ts';
import { renderReport } from './render-report.ts';

/** The report with the page that was written; null without --out. */
export type ReportOutcome = ReportResult & { readonly file: string | null };

export const report = defineCommand({
  name: 'report',
  summary: 'sizes, indexes, findings, proofs, and what changed since the last report',
  description:
    'Keeps its figures in a table of its own (scalectl_report_snapshots, the last 60), so that the next report can tell what changed; nothing else is written. --out makes one page of it, for a browser: it needs no network, runs no script, and is readable by its owner alone, as statements hold values.',
  changes: 'data',
  options: {
    ...evidenceOptions,
    out: text('--out <FILE>', 'also write the report as one HTML page'),
  },
  examples: [
    { command: 'scalectl optimize-db report', does: 'shows it, and keeps the figures' },
    {
      command: 'scalectl optimize-db report --out report.html',
      does: 'also writes a page with charts',
    },
  ],
  run: async (context, { options }) => {
    const { dryRun } = context.globals;
    const engine = await engineOptions(context, options);
    const { makeReport } = await import('../../src/optimizer/report/make-report.ts');
    const result = await makeReport(await context.database(), { ...engine, isRemembered: !dryRun });
    if (dryRun || options.out === undefined) return { result: { ...result, file: null } };
    const { writePage } = await import('../../src/optimizer/report/page/write.ts');
    await writePage(options.out, result);
    return { result: { ...result, file: options.out } };
  },
  render: (result: ReportOutcome, screen) => renderReport(result, screen),
});
