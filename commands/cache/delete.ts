import { defineCommand } from '../define.ts';
import { argumentList } from '../option.ts';
import { openDriver } from './driver.ts';
import { keyText } from './show.ts';

interface DeleteResult {
  deleted: string[];
  missing: string[];
  dryRun: boolean;
}

export const deleteKeys = defineCommand({
  name: 'delete',
  summary: 'remove single keys',
  changes: 'data',
  arguments: { keys: argumentList('<KEY...>', 'keys as the platform writes them') },
  examples: [
    { command: 'scalectl cache delete products_list dashboard_7', does: 'removes two keys' },
    {
      command: 'scalectl cache delete products_list --dry-run',
      does: 'tells whether it is there, changes nothing',
    },
  ],
  exitCodes: { 1: 'a key was not there' },
  run: async (context, { arguments: { keys } }) => {
    const driver = await openDriver(context);
    const wanted = [...new Set(keys)];
    const { dryRun } = context.globals;
    const deleted = await (dryRun ? driver.present(wanted) : driver.delete(wanted));
    const missing = wanted.filter((key) => !deleted.includes(key));
    const result: DeleteResult = { deleted, missing, dryRun };
    return { result, exitCode: missing.length > 0 ? 1 : 0 };
  },
  render: ({ deleted, missing, dryRun }) =>
    [
      ...(dryRun ? ['dry run, nothing was changed'] : []),
      ...deleted.map((key) => `${dryRun ? 'would delete' : 'deleted'} ${keyText(key)}`),
      ...missing.map((key) => `no such key: ${keyText(key)}`),
    ].join('\n'),
});
