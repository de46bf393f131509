import type { CronExpression } from '../cron-expression.ts';

const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/**
 * The OnCalendar= expressions (systemd.time(7)) of a cron expression; the timer runs at each of them. There are two
 * when cron runs on either of its day fields: systemd itself always wants both to match.
 */
export function toCalendar(cron: CronExpression): string[] {
  const time = `${listed(cron.hours, 0, 23)}:${listed(cron.minutes, 0, 59)}:00`;
  const months = listed(cron.months, 1, 12);
  const days = listed(cron.daysOfMonth, 1, 31);
  const weekdays = cron.daysOfWeek.length === 7 ? '' : `${namesOf(cron.daysOfWeek)} `;
  if (cron.dayRule === 'both') return [`${weekdays}*-${months}-${days} ${time}`];
  return [`*-${months}-${days} ${time}`, `${weekdays}*-${months}-* ${time}`];
}

function listed(values: readonly number[], min: number, max: number): string {
  if (values.length === max - min + 1) return '*';
  const [first = min, second = first] = values;
  const step = second - first;
  const isStepped =
    values.length > 2 &&
    values.every((value, i) => value === first + i * step) &&
    (values.at(-1) ?? max) + step > max;
  // "5/10" goes on to the end of the field.
  return isStepped ? `${padded(first)}/${step}` : values.map(padded).join(',');
}

function namesOf(days: readonly number[]): string {
  return days.map((day) => dayNames[day] ?? '').join(',');
}

function padded(value: number): string {
  return String(value).padStart(2, '0');
}
