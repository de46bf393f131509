import { defineCommand } from '../define.ts';
import { integer } from '../option.ts';
import { renderHistory } from './render-history.ts';

export const history = defineCommand({
  name: 'history',
  summary: 'what earlier runs changed, tried and took back',
  changes: 'nothing',
  options: {
    limit: integer('--limit <N>', 'most runs to show (default: 20)', { min: 1, max: 10_000 }),
  },
  examples: [{ command: 'scalectl optimize-db history', does: 'lists the last runs' }],
  run: async (context, { options }) => {
    const { readHistory } = await import('../../src/optimizer/history.ts');
    const runs = await readHistory(await context.database(), options.limit ?? 20);
    return { result: { runs } };
  },
  render: ({ runs }, screen) => renderHistory(runs, screen),
});
