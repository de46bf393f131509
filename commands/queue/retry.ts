import { ScalectlError } from '../../src/errors.ts';
import { plural } from '../../src/output/text.ts';
import type { Context } from '../context.ts';
import { defineCommand } from '../define.ts';
import { argumentList, flag, text } from '../option.ts';
import { readData } from './input.ts';
import { previewChange, renderChange } from './changed.ts';
import type { ChangeResult } from './changed.ts';
import { openQueueForChange, readJobIds } from './open.ts';

export const retry = defineCommand({
  name: 'retry',
  summary: 'put dead letters back into the queue, with all their attempts before them',
  description:
    'Their errors stay on record. --failed asks first; single jobs are put back at once. --data mends one whose data were wrong: it runs again as the same job, with the data given.',
  changes: 'data',
  arguments: { ids: argumentList('[ID...]', 'numbers of dead letters') },
  options: {
    failed: flag('--failed', 'all dead letters'),
    data: text('--data <JSON>', 'other data for one job: JSON, @FILE, or - for standard input'),
    type: text('--type <TYPE>', 'with --failed: only those of this type'),
  },
  examples: [
    { command: 'scalectl queue retry 4711 4712', does: 'puts two back' },
    {
      command: `scalectl queue retry 4711 --data '{"to":"shop@example.com"}'`,
      does: 'puts one back with its data mended',
    },
    { command: 'scalectl queue retry --failed --type send_email --yes', does: 'all failed mails' },
  ],
  exitCodes: { 1: 'done, and a job is no dead letter' },
  run: async (context, { options, arguments: { ids: words } }) => {
    if (options.failed === words.length > 0) {
      throw new ScalectlError('usage', 'queue retry needs either numbers of jobs or --failed', {
        hint: 'scalectl queue list --status failed shows the dead letters.',
      });
    }
    if (options.type !== undefined && !options.failed) {
      throw new ScalectlError('usage', '--type goes with --failed');
    }
    if (options.data !== undefined && words.length !== 1) {
      throw new ScalectlError('usage', '--data goes with the number of one job');
    }
    const result = options.failed
      ? await retryAll(context, options.type ?? null)
      : await retryThese(context, words, options.data);
    const next =
      result.dryRun || result.changed.length === 0 ? {} : { next: 'scalectl queue process' };
    return { result, exitCode: result.unchanged.length > 0 ? 1 : 0, ...next };
  },
  render: (result) => renderChange(result, 'put back'),
});

async function retryThese(
  context: Context,
  words: readonly string[],
  given: string | undefined,
): Promise<ChangeResult> {
  const ids = readJobIds(words);
  const data = given === undefined ? undefined : await readCheckedData(context, given);
  const store = await openQueueForChange(context);
  if (context.globals.dryRun) return previewChange(store, ids, ['failed']);
  return {
    ...(await store.retry({ ids, ...(data === undefined ? {} : { data }) })),
    dryRun: false,
  };
}

async function readCheckedData(context: Context, given: string): Promise<string> {
  const { values } = await context.config();
  const { findDataProblem } = await import('../../src/queue/intake/new-job.ts');
  const data = await readData(given);
  const problem = findDataProblem(data, values.queue.maxDataSize);
  if (problem !== null) throw new ScalectlError('usage', problem);
  return data;
}

async function retryAll(context: Context, type: string | null): Promise<ChangeResult> {
  const store = await openQueueForChange(context);
  const { failed, byType } = await store.stats();
  const count = type === null ? failed : (byType[type]?.failed ?? 0);
  if (context.globals.dryRun) {
    const jobs = count === 0 ? [] : await store.list({ status: 'failed', type, limit: count });
    return { changed: jobs.map(({ id }) => id), unchanged: [], dryRun: true };
  }
  if (count === 0) return { changed: [], unchanged: [], dryRun: false };
  const what = plural(count, 'dead letter');
  await context.confirm(
    `Put ${what}${type === null ? '' : ` of type ${type}`} back into the queue?`,
  );
  return { ...(await store.retry({ type })), dryRun: false };
}
