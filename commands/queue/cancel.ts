import { defineCommand } from '../define.ts';
import { argumentList } from '../option.ts';
import { previewChange, renderChange } from './changed.ts';
import type { ChangeResult } from './changed.ts';
import { openQueueForChange, readJobIds } from './open.ts';

export const cancel = defineCommand({
  name: 'cancel',
  summary: 'take waiting jobs out of the queue',
  description:
    'A job that a worker holds is left to it. Cancelled jobs are kept for queue.retention.',
  changes: 'data',
  arguments: { ids: argumentList('<ID...>', 'numbers of waiting jobs') },
  examples: [{ command: 'scalectl queue cancel 4711', does: 'takes it out' }],
  exitCodes: { 1: 'done, and a job was not waiting' },
  run: async (context, { arguments: { ids: words } }) => {
    const ids = readJobIds(words);
    const store = await openQueueForChange(context);
    const result: ChangeResult = context.globals.dryRun
      ? await previewChange(store, ids, ['pending', 'scheduled'])
      : { ...(await store.cancel(ids)), dryRun: false };
    return { result, exitCode: result.unchanged.length > 0 ? 1 : 0 };
  },
  render: (result) => renderChange(result, 'cancelled'),
});
