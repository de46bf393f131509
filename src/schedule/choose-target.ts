import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Config } from '../config/settings/index.ts';
import { createCrontabTarget, hasCrontab } from './crontab/target.ts';
import { createSystemdTarget } from './systemd/target.ts';
import type { SystemdPlace } from './systemd/target.ts';
import type { ScheduleTarget, TargetName } from './target.ts';
import { createTaskSchedulerTarget } from './task-scheduler/target.ts';

/**
 * The scheduler to use: the one asked for, or what the machine has. Without any it is the crontab, whose error says
 * what to do.
 */
export async function chooseTarget(
  asked: TargetName | null,
  settings: Config['schedule'],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<ScheduleTarget> {
  const name = asked ?? settings.target ?? (await findTarget(settings, signal));
  switch (name) {
    case 'crontab':
      return createCrontabTarget(settings.crontab.command);
    case 'systemd':
      return createSystemdTarget(placeOf(settings.systemd.scope, environment));
    case 'task-scheduler':
      return createTaskSchedulerTarget(
        { runAs: settings.windows.runAs, user: windowsUser(environment) },
        ['schtasks'],
      );
  }
}

async function findTarget(settings: Config['schedule'], signal: AbortSignal): Promise<TargetName> {
  if (process.platform === 'win32') return 'task-scheduler';
  if (await hasCrontab(settings.crontab.command, signal)) return 'crontab';
  // systemd makes this folder at boot (sd_booted(3)).
  return existsSync('/run/systemd/system') ? 'systemd' : 'crontab';
}

function placeOf(scope: 'user' | 'system' | null, environment: NodeJS.ProcessEnv): SystemdPlace {
  const isRoot = process.getuid?.() === 0;
  if ((scope ?? (isRoot ? 'system' : 'user')) === 'system') {
    return {
      scope: 'system',
      unitDir: '/etc/systemd/system',
      systemctl: ['systemctl'],
      isLingering: null,
    };
  }
  const config = environment['XDG_CONFIG_HOME'] || path.join(os.homedir(), '.config');
  return {
    scope: 'user',
    unitDir: path.join(config, 'systemd', 'user'),
    systemctl: ['systemctl', '--user'],
    // logind keeps a file for each account whose manager stays after it logs out.
    isLingering: existsSync(path.join('/var/lib/systemd/linger', os.userInfo().username)),
  };
}

function windowsUser(environment: NodeJS.ProcessEnv): string {
  const name = os.userInfo().username;
  const domain = environment['USERDOMAIN'];
  return domain ? `${domain}\\${name}` : name;
}
