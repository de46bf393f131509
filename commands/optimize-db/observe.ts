import { ScalectlError } from '../../src/errors.ts';
import type { Keeping } from '../../src/optimizer/observe/keep.ts';
import { formatMs, plural } from '../../src/output/text.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define.ts';
import { duration, integer, text } from '../option.ts';
import { renderObservation } from './render-observation.ts';
import type { ObserveResult } from './render-observation.ts';
import { shellWord } from './workload.ts';

const defaultDurationMs = 60_000;
const leastDurationMs = 1000;
/** A process that is killed loses no more than this. */
const keepEveryMs = 30_000;

export const observe = defineCommand({
  name: 'observe',
  summary: 'watch which statements run, without any privilege, as evidence for later plans',
  description:
    'Reads the list of threads ten times a second over one connection, and puts the statements that run in this database together by form. An account without PROCESS sees its own connections alone, so use the one of the application. Long statements are seen surely, short ones by chance: counts and times are estimates. What was seen, values included, is kept in the table scalectl_observations for 30 days, or in the file of --out. Ctrl-C ends it early and keeps what was seen.',
  changes: 'data',
  options: {
    for: duration('--for <DURATION>', 'how long to watch (default: 60s)'),
    hz: integer('--hz <N>', 'samples a second (default: 10)', { min: 1, max: 10 }),
    out: text('--out <FILE>', 'write a workload file for --workload instead of storing it'),
  },
  examples: [
    { command: 'scalectl optimize-db observe --for 10m', does: 'watches, and stores what it saw' },
    {
      command: 'scalectl optimize-db observe --for 10m --out seen.sql',
      does: 'for an account that may create no table',
    },
  ],
  run: async (context, { options }) => {
    const durationMs = options.for ?? defaultDurationMs;
    if (durationMs < leastDurationMs) {
      throw new ScalectlError('usage', `--for is ${formatMs(durationMs)}; allowed: from 1s on`);
    }
    const { observeAndKeep } = await import('../../src/optimizer/observe/keep.ts');
    const database = await context.database();
    const keeping = keepingOf(context, options.out);
    const { failure, ...observation } = await observeAndKeep(database, keeping, {
      durationMs,
      hz: options.hz ?? 10,
      keepEveryMs,
      signal: context.signal,
      onProgress: ({ elapsedMs, forms }) =>
        context.progress.update(
          `watching for ${formatMs(durationMs)}: ${formatMs(elapsedMs)}, ${plural(forms, 'form')} of statement seen`,
        ),
    });
    const result: ObserveResult = {
      ...observation,
      stored: keeping.kind === 'table',
      file: keeping.kind === 'file' ? keeping.file : null,
    };
    const workload = keeping.kind === 'file' ? ` --workload ${shellWord(keeping.file)}` : '';
    return {
      result,
      ...(failure === null ? {} : { failure, exitCode: failure.exitCode }),
      ...(result.kept > 0 ? { next: `scalectl optimize-db plan${workload}` } : {}),
    };
  },
  render: renderObservation,
});

function keepingOf({ globals }: Context, file: string | undefined): Keeping {
  if (globals.dryRun) return { kind: 'nowhere' };
  return file === undefined ? { kind: 'table' } : { kind: 'file', file };
}
