import { defineCommand } from '../define.ts';
import { changeSchedule, renderChange } from './change.ts';
import { keepOldOption, targetOption } from './site.ts';

export const remove = defineCommand({
  name: 'remove',
  summary: 'take the daily round out again; logs and heartbeats stay',
  description:
    'Brings back the old PHP lines that schedule install commented out, unless --keep-old is given.',
  changes: 'data',
  options: { target: targetOption, keepOld: keepOldOption },
  examples: [
    { command: 'scalectl schedule remove --dry-run', does: 'shows what would go' },
    { command: 'scalectl schedule remove --yes', does: 'removes it without a question' },
  ],
  exitCodes: {
    69: 'there is no crontab program, systemd or Task Scheduler',
    77: 'refused: no --yes off a terminal, a line that cannot be kept as it is, or a missing right',
  },
  run: (context, { options }) => changeSchedule(context, 'remove', options),
  render: (result, screen) =>
    renderChange(result, screen, { changed: 'removed', unchanged: 'nothing of scalectl is there' }),
});
