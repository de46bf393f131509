import { describe, expect, it } from 'vitest';
import { parseCron } from '../../../src/schedule/cron-expression.ts';
import { toTriggers } from '../../../src/schedule/task-scheduler/triggers.ts';
import type { CalendarTrigger } from '../../../src/schedule/task-scheduler/triggers.ts';
import { listUpcomingRuns } from '../../../src/schedule/upcoming-runs.ts';

const dayMs = 86_400_000;
const from = Date.UTC(2028, 1, 25);
/** Over a leap day, the end of a month and all weekdays. */
const days = 12;

/** When the Task Scheduler would run these triggers, by the meaning that its schema gives them. */
function runsOf(triggers: readonly CalendarTrigger[]): number[] {
  const runs = new Set<number>();
  for (let day = 0; day < days; day++) {
    const midnight = from + day * dayMs;
    for (const trigger of triggers) {
      if (!isOn(trigger, new Date(midnight))) continue;
      const { startMinute, repetition } = trigger;
      const step = repetition?.everyMinutes ?? Infinity;
      const last = repetition?.lastMinute ?? startMinute;
      for (let minute = startMinute; minute <= last; minute += step) {
        runs.add(midnight + minute * 60_000);
      }
    }
  }
  return [...runs].sort((a, b) => a - b);
}

function isOn({ days: on }: CalendarTrigger, date: Date): boolean {
  if (on.kind === 'daily') return true;
  if (on.kind === 'weekly') return on.daysOfWeek.includes(date.getUTCDay());
  return on.daysOfMonth.includes(date.getUTCDate()) && on.months.includes(date.getUTCMonth() + 1);
}

describe('triggers of the Task Scheduler', () => {
  it.each([
    ['*/5 * * * *', 1],
    ['0 2 * * 0', 1],
    ['*/7 * * * *', 9],
    ['*/20 8-18 * * 1-5', 1],
    ['0,10,40 * * * *', 3],
    ['15 */6 * * *', 1],
    ['3 4 * * *', 1],
    ['0 0 1,15 * *', 1],
    ['0 0 1 * 1', 2],
    ['0 0 29 2 *', 1],
    ['30 1 * jan,feb *', 1],
    ['*/15 9,10,20 * * *', 3],
    ['7 1,2,4,8,16 * * *', 5],
  ])('of %s run when cron would, with %i of them', (text, count) => {
    const cron = parseCron(text);
    const triggers = toTriggers(cron, 'schedule.health.cron');
    expect(triggers).toHaveLength(count);
    const runs = runsOf(triggers);
    const wanted = listUpcomingRuns(cron, {
      count: runs.length + 1,
      after: new Date(from - 1000),
      timeZone: 'UTC',
    }).map(Number);
    expect(runs).toEqual(wanted.slice(0, -1));
    expect(wanted.at(-1)).toBeGreaterThanOrEqual(from + days * dayMs);
  });

  it('that cannot be expressed are a wrong setting, by name', () => {
    const attempt = (text: string) => () => toTriggers(parseCron(text), 'schedule.health.cron');
    expect(attempt('0,7 3,4,9 */2 * 1')).toThrow(/schedule\.health\.cron .* cannot combine/);
    expect(attempt('0 0 * jan 1')).toThrow(/cannot combine/);
    const scattered = '0,1,3,7,12,20,30,44,45,51 0,1,3,7,12,20 * * *';
    expect(attempt(scattered)).toThrow(/takes 60 triggers; the Task Scheduler allows 48/);
  });
});
