import * as v from 'valibot';
import { findCronProblem } from '../../schedule/cron-expression.ts';
import type { Setting } from '../setting.ts';
import { boolean, choice, duration, list, path, size, text } from '../setting.ts';

export const schedule = {
  target: choice({
    default: null,
    choices: ['crontab', 'systemd', 'task-scheduler'],
    meaning:
      'Where the daily round is installed. Not set: the Task Scheduler on Windows, elsewhere the crontab, or systemd when there is no crontab program.',
  }),
  name: text({
    default: null,
    pattern: /^[a-z0-9][a-z0-9-]{0,30}$/,
    allowed: 'up to 31 small letters, digits and hyphens',
    meaning:
      'Tells several sites of one account apart: each name has its own block, units or tasks, and its own locks and logs.',
  }),
  stateDir: path({
    default: null,
    meaning:
      "Folder for the locks, heartbeats and logs of scheduled runs. Not set: scalectl's folder in the state folder of the user.",
  }),
  queueProcess: {
    enabled: boolean({ default: true, meaning: 'Drain the job queue on schedule.' }),
    cron: cron({ default: '*/5 * * * *', meaning: 'When the job queue is drained.' }),
    maxTime: duration({
      default: 280_000,
      minMs: 1000,
      maxMs: 86_400_000,
      meaning:
        'The --max-time of a scheduled queue process: no new job begins after it, so that a run ends before the next.',
    }),
    timeLimit: duration({
      default: 1_800_000,
      minMs: 1000,
      maxMs: 604_800_000,
      meaning: 'A scheduled queue process that takes longer is asked to stop, then ended.',
    }),
  },
  optimizeDb: {
    enabled: boolean({ default: true, meaning: 'Run the database optimizer on schedule.' }),
    cron: cron({ default: '0 2 * * 0', meaning: 'When the database optimizer runs.' }),
    timeLimit: duration({
      default: 21_600_000,
      minMs: 1000,
      maxMs: 604_800_000,
      meaning: 'A scheduled optimizer run that takes longer is asked to stop, then ended.',
    }),
  },
  health: {
    enabled: boolean({ default: true, meaning: 'Check health on schedule.' }),
    cron: cron({ default: '*/5 * * * *', meaning: 'When health is checked.' }),
    timeLimit: duration({
      default: 240_000,
      minMs: 1000,
      maxMs: 604_800_000,
      meaning: 'A scheduled health check that takes longer is asked to stop, then ended.',
    }),
  },
  log: {
    maxSize: size({
      default: 100 * 1024 ** 2,
      minBytes: 64 * 1024,
      maxBytes: 10 * 1024 ** 3,
      meaning:
        'The log of an entry begins anew at this size; a single run that writes more is cut in the log.',
    }),
    retention: duration({
      default: 30 * 86_400_000,
      minMs: 3_600_000,
      maxMs: 3650 * 86_400_000,
      meaning: 'A log begins anew after this time, and an older log is deleted after it.',
    }),
  },
  crontab: {
    command: list({
      default: ['crontab'],
      allowed: 'a program and its arguments',
      meaning: 'The crontab program, with arguments if needed: crontab, -u, www-data (as root).',
    }),
  },
  systemd: {
    scope: choice({
      default: null,
      choices: ['user', 'system'],
      meaning: 'Level of the systemd timers. Not set: system for root, user for everybody else.',
    }),
  },
  windows: {
    runAs: choice({
      default: 's4u',
      choices: ['s4u', 'system'],
      meaning:
        's4u runs tasks as the account that installs them, logged on or not, without a stored password; system runs them as SYSTEM, for files that only it may read.',
    }),
  },
};

/** Five fields as cron reads them; an expression that cron would refuse or never run is a wrong value. */
function cron(options: { default: string; meaning: string }): Setting<string> {
  return {
    ...text(options),
    type: 'cron expression',
    allowed: 'a cron expression of five fields, such as */5 * * * * or 0 2 * * 0',
    schema: v.pipe(
      v.string(),
      v.check((value) => findCronProblem(value) === null),
    ),
  };
}
