import { quoteForSystemd } from '../quoting.ts';
import { commandOf } from '../invocation.ts';
import type { EntryName, ScheduleEntry } from '../entries.ts';
import type { Round } from '../target.ts';
import { fillTemplate } from '../template.ts';
import { describeCron } from '../upcoming-runs.ts';
import { toCalendar } from './calendar.ts';

export interface Units {
  entry: EntryName;
  /** `scalectl-queue-process` */
  base: string;
  service: string;
  timer: string;
}

/** What schedule run needs beyond the entry's own limit to end a child that does not stop by itself. */
const stopMarginSeconds = 90;

/** `lock-held` of scalectl: the run before is still going, which is no failure of this one. */
const lockHeldExitCode = 75;

/** The service and timer of one entry. */
export function renderUnits(entry: ScheduleEntry, round: Round): Units {
  const base = unitName(entry.name, round.siteName);
  const description = entry.does + (round.siteName === null ? '' : ` (${round.siteName})`);
  const service = fillTemplate('systemd/entry.service', {
    description,
    command: commandOf(entry.name, round.invocation).map(quoteForSystemd).join(' '),
    doneExitCodes: [...entry.doneExitCodes, lockHeldExitCode].join(' '),
    timeoutSeconds: String(Math.ceil(entry.timeLimitMs / 1000) + stopMarginSeconds),
  });
  const timer = fillTemplate('systemd/entry.timer', {
    description,
    words: describeCron(entry.cron),
    onCalendar: toCalendar(entry.cron)
      .map((calendar) => `OnCalendar=${calendar}`)
      .join('\n'),
    service: `${base}.service`,
  });
  return { entry: entry.name, base, service, timer };
}

export function unitName(entry: EntryName, siteName: string | null): string {
  return ['scalectl', ...(siteName === null ? [] : [siteName]), entry].join('-');
}
