import { defineCommand } from '../define.ts';
import { changeSchedule, renderChange } from './change.ts';
import { keepOldOption, targetOption } from './site.ts';

export const install = defineCommand({
  name: 'install',
  summary: 'install or renew the daily round, after showing what would change',
  description:
    "Other people's crontab lines stay byte for byte. Lines that run the platform's old process_queue.php and database_optimize.php are commented out, unless --keep-old is given; schedule remove brings them back. Passwords never stand in a line: the runs read them from the configuration file.",
  changes: 'data',
  options: { target: targetOption, keepOld: keepOldOption },
  examples: [
    {
      command: 'scalectl schedule install --dry-run',
      does: 'shows the difference, changes nothing',
    },
    { command: 'scalectl schedule install', does: 'shows the difference and asks' },
    {
      command: 'scalectl schedule install --target systemd --yes',
      does: 'writes and starts systemd timers without a question',
    },
  ],
  exitCodes: {
    69: 'there is no crontab program, systemd or Task Scheduler',
    77: 'refused: no --yes off a terminal, a line that cannot be kept as it is, or a missing right',
  },
  run: async (context, { options }) => {
    const outcome = await changeSchedule(context, 'install', options);
    return outcome.result.dryRun ? outcome : { ...outcome, next: 'scalectl schedule show' };
  },
  render: (result, screen) =>
    renderChange(result, screen, {
      changed: 'installed',
      unchanged: 'everything is in place already',
    }),
});
