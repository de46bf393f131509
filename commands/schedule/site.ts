import process from 'node:process';
import type { SiteRound } from '../../src/schedule/site-round.ts';
import type { ScheduleTarget, TargetName } from '../../src/schedule/target.ts';
import type { Context } from '../context.ts';
import { choice, flag } from '../option.ts';

export const targetOption = choice(
  '--target <NAME>',
  'crontab, systemd or task-scheduler (default: what this machine has)',
  ['crontab', 'systemd', 'task-scheduler'],
);

export const keepOldOption = flag(
  '--keep-old',
  "leave the platform's old PHP lines in the crontab as they are",
);

/** The round of the configured site and the scheduler that it goes to. */
export async function openSchedule(
  context: Context,
  asked: TargetName | undefined,
): Promise<{ site: SiteRound; target: ScheduleTarget }> {
  const config = await context.config();
  const { describeSite } = await import('../../src/schedule/site-round.ts');
  const { chooseTarget } = await import('../../src/schedule/choose-target.ts');
  const program = { node: process.execPath, script: process.argv[1] ?? '' };
  return {
    site: await describeSite(config, program, process.env),
    target: await chooseTarget(asked ?? null, config.values.schedule, process.env, context.signal),
  };
}
