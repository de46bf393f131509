import type { ImportResult } from '../../src/queue/intake/import-folder.ts';
import type { Screen } from '../../src/output/screen.ts';
import { formatNumber, plural, safeText } from '../../src/output/text.ts';
import { defineCommand } from '../define.ts';
import { argument, flag } from '../option.ts';
import { openQueueForChange } from './open.ts';

type ImportCommandResult = ImportResult & { dryRun: boolean };

export const importJobs = defineCommand({
  name: 'import',
  summary: "take over the job files of the platform's own queue, each exactly once",
  description:
    'Status, attempts and times come along: what was pending or in processing waits here, what was completed is kept for queue.retention, what had failed is a dead letter. It may be interrupted and run again, also on a folder that old code still writes to. A file that is torn or no job stays where it is and is named.',
  changes: 'data',
  arguments: { folder: argument('<DIR>', "the platform's queue folder") },
  options: {
    rename: flag('--rename', 'add .imported to the name of each file that is in the queue'),
  },
  examples: [
    { command: 'scalectl queue import queue --dry-run', does: 'reads and counts, changes nothing' },
    { command: 'scalectl queue import queue', does: 'leaves the files as they are' },
    { command: 'scalectl queue import queue --rename', does: 'marks each file that is taken over' },
  ],
  exitCodes: { 1: 'done, and a file is no job' },
  run: async (context, { options, arguments: { folder } }) => {
    const { values } = await context.config();
    const { importFolder } = await import('../../src/queue/intake/import-folder.ts');
    const store = await openQueueForChange(context);
    const { dryRun } = context.globals;
    context.progress.start('reading job files');
    const result = await importFolder({
      store,
      folder,
      dataBytes: values.queue.maxDataSize,
      isRenaming: options.rename,
      isDryRun: dryRun,
      signal: context.signal,
      onProgress: (files) => context.progress.update(`${plural(files, 'file')} read`),
    });
    const outcome: ImportCommandResult = { ...result, dryRun };
    return {
      result: outcome,
      exitCode: result.corrupt.length > 0 ? 1 : 0,
      ...(dryRun ? {} : { next: 'scalectl queue stats' }),
    };
  },
  render: renderImport,
});

const shownFiles = 20;

export function renderImport(result: ImportCommandResult, screen: Screen): string {
  const { imported, alreadyImported, corrupt, dryRun } = result;
  const lines = [
    `${screen.heading('queue import')}: ${plural(imported, 'job')} ${dryRun ? 'to take over; nothing was changed' : 'taken over'}`,
  ];
  if (alreadyImported > 0) lines.push(`${formatNumber(alreadyImported)} were there already`);
  if (corrupt.length > 0) {
    lines.push('', `${plural(corrupt.length, 'file is', 'files are')} no job and left alone:`);
    for (const { file, reason } of corrupt.slice(0, shownFiles)) {
      lines.push(`  ${safeText(file)}: ${reason}`);
    }
    if (corrupt.length > shownFiles) {
      lines.push(`  … ${corrupt.length - shownFiles} more; --json has them all`);
    }
  }
  return lines.join('\n');
}
