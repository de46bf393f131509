import { ScalectlError } from '../../errors.ts';
import type { CronExpression } from '../cron-expression.ts';

/** One CalendarTrigger: on these days, at this time, and again every so often within the day. */
export interface CalendarTrigger {
  /** Minutes after midnight. */
  startMinute: number;
  repetition: { everyMinutes: number; lastMinute: number } | null;
  days: TriggerDays;
}

export type TriggerDays =
  | { kind: 'daily' }
  | { kind: 'weekly'; daysOfWeek: readonly number[] }
  | { kind: 'monthly'; daysOfMonth: readonly number[]; months: readonly number[] };

/** The Task Scheduler takes no more triggers in one task (Task Scheduler schema, triggersType: maxOccurs 48). */
const mostTriggers = 48;

/**
 * The triggers that together run when cron would.
 * @throws ScalectlError `config-invalid` for what the Task Scheduler cannot express in 48 triggers
 */
export function toTriggers(cron: CronExpression, settingPath: string): CalendarTrigger[] {
  const times = groupTimes(cron);
  const days = daysOf(cron, settingPath);
  const triggers = days.flatMap((on) => times.map((time) => ({ ...time, days: on })));
  if (triggers.length <= mostTriggers) return triggers;
  throw new ScalectlError(
    'config-invalid',
    `${settingPath} is "${cron.text}", which takes ${triggers.length} triggers; the Task Scheduler allows ${mostTriggers}`,
    { hint: 'Choose times in even steps, such as */5 or */20.' },
  );
}

type Times = Pick<CalendarTrigger, 'startMinute' | 'repetition'>;

/** The fewest runs of evenly spaced times: the whole day as one, else one a minute of the hour, else one an hour. */
function groupTimes(cron: CronExpression): Times[] {
  const all = cron.hours.flatMap((hour) => cron.minutes.map((minute) => hour * 60 + minute));
  const byMinute = cron.minutes.map((minute) => cron.hours.map((hour) => hour * 60 + minute));
  const byHour = cron.hours.map((hour) => cron.minutes.map((minute) => hour * 60 + minute));
  const candidates = [[all], byMinute, byHour].map((groups) => groups.flatMap(asSeries));
  return candidates.reduce((best, candidate) =>
    candidate.length < best.length ? candidate : best,
  );
}

/** One repetition when the times are evenly spaced, otherwise each time by itself. */
function asSeries(times: readonly number[]): Times[] {
  const [first, second] = times;
  const last = times.at(-1);
  if (first === undefined || second === undefined || last === undefined) return times.map(once);
  const step = second - first;
  const isEven = times.every((time, i) => time === first + i * step);
  if (!isEven) return times.map(once);
  return [{ startMinute: first, repetition: { everyMinutes: step, lastMinute: last } }];
}

function once(startMinute: number): Times {
  return { startMinute, repetition: null };
}

function daysOf(cron: CronExpression, settingPath: string): TriggerDays[] {
  const isEveryMonth = cron.months.length === 12;
  const isEveryDay = cron.daysOfMonth.length === 31;
  const isEveryWeekday = cron.daysOfWeek.length === 7;
  const monthly = { kind: 'monthly', daysOfMonth: cron.daysOfMonth, months: cron.months } as const;
  const weekly = { kind: 'weekly', daysOfWeek: cron.daysOfWeek } as const;
  if (isEveryWeekday && (cron.dayRule === 'both' || isEveryDay)) {
    return isEveryDay && isEveryMonth ? [{ kind: 'daily' }] : [monthly];
  }
  if (isEveryMonth && cron.dayRule === 'either') return [monthly, weekly];
  if (isEveryMonth && isEveryDay) return [weekly];
  throw new ScalectlError(
    'config-invalid',
    `${settingPath} is "${cron.text}"; the Task Scheduler cannot combine weekdays with months or with days of the month`,
    { hint: 'Use weekdays alone, or days of the month and months.' },
  );
}
