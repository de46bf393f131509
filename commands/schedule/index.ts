import type { CommandGroup } from '../define.ts';
import { install } from './install.ts';
import { remove } from './remove.ts';
import { run } from './run.ts';
import { show } from './show.ts';

export const schedule: CommandGroup = {
  name: 'schedule',
  summary: 'install the daily round as crontab lines, systemd timers or Windows tasks',
  description:
    'The daily round: the job queue and health every 5 minutes, the optimizer on Sundays at 02:00. Each part is switched and timed by the settings schedule.queueProcess, schedule.optimizeDb and schedule.health.',
  subcommands: [show, install, remove, run],
};
