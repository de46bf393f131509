import { Cron } from 'croner';
import cronstrue from 'cronstrue';
import type { CronExpression } from './cron-expression.ts';

/** The next times in the machine's own time zone (cron, systemd and the Task Scheduler use it too), soonest first. */
export function listUpcomingRuns(
  expression: CronExpression,
  options: { count: number; after: Date; timeZone?: string },
): Date[] {
  const cron = new Cron(expression.text, {
    mode: '5-part',
    paused: true,
    // croner would OR a stepped day with a weekday; cron itself takes a field that begins with a star as not restricted.
    domAndDow: expression.dayRule === 'both',
    ...(options.timeZone === undefined ? {} : { timezone: options.timeZone }),
  });
  return cron.nextRuns(options.count, options.after);
}

/** `Every 5 minutes`, `At 02:00, only on Sunday`. */
export function describeCron(expression: CronExpression): string {
  return cronstrue.toString(expression.text, { use24HourTimeFormat: true, verbose: false });
}
