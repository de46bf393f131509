import { describe, expect, it } from 'vitest';
import { findCronProblem, parseCron } from '../../../src/schedule/cron-expression.ts';
import { describeCron, listUpcomingRuns } from '../../../src/schedule/upcoming-runs.ts';

describe('a cron expression', () => {
  it('is read into the values of its five fields', () => {
    expect(parseCron(' 0,30  8-10 */10 jan,Mar MON-fri ')).toEqual({
      text: '0,30 8-10 */10 jan,Mar MON-fri',
      minutes: [0, 30],
      hours: [8, 9, 10],
      daysOfMonth: [1, 11, 21, 31],
      months: [1, 3],
      daysOfWeek: [1, 2, 3, 4, 5],
      dayRule: 'both',
    });
  });

  it('takes 7 and 0 for the same Sunday', () => {
    expect(parseCron('0 2 * * 7').daysOfWeek).toEqual([0]);
    expect(parseCron('0 2 * * 5-7').daysOfWeek).toEqual([0, 5, 6]);
    expect(parseCron('0 2 * * *').daysOfWeek).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it.each([
    ['* * * *', 'it has 4 fields instead of five'],
    ['* * * * * *', 'it has 6 fields instead of five'],
    ['@daily', 'it has 1 fields instead of five'],
    ['60 * * * *', 'the minute "60" is outside 0 to 59'],
    ['* 24 * * *', 'the hour "24" is outside 0 to 23'],
    ['* * 0 * *', 'the day of the month "0" is outside 1 to 31'],
    ['* * * 13 *', 'the month "13" is outside 1 to 12'],
    ['* * * * 8', 'the day of the week "8" is outside 0 to 7'],
    ['* * * * noday', 'the day of the week "noday" is outside 0 to 7'],
    ['30-10 * * * *', 'the minute "30-10" runs backwards'],
    ['*/0 * * * *', 'the step of the minute "*/0" is impossible'],
    ['*/90 * * * *', 'the step of the minute "*/90" is impossible'],
    ['5/15 * * * *', 'the minute "5/15" needs a range before its step, as in 5-59/15'],
    ['* * L * *', 'the day of the month "L" is outside 1 to 31'],
    ['* * * * 1#2', 'the day of the week "1#2" cannot be read'],
    ['1,,2 * * * *', 'the minute "1,,2" cannot be read'],
    ['-5 * * * *', 'the minute "-5" cannot be read'],
    ['0 0 30 2 *', 'no month in it has such a day, so it would never run'],
    ['', 'it has 1 fields instead of five'],
  ])('%j is refused: %s', (text, problem) => {
    expect(findCronProblem(text)).toBe(problem);
    expect(() => parseCron(text)).toThrow(problem);
  });

  it('may name an impossible day when a weekday runs it too', () => {
    expect(findCronProblem('0 0 30 2 1')).toBeNull();
  });
});

describe('upcoming runs', () => {
  const after = new Date('2026-11-24T00:01:00Z');
  const runs = (text: string, count: number): string[] =>
    listUpcomingRuns(parseCron(text), { count, after, timeZone: 'UTC' }).map((run) =>
      run.toISOString().slice(0, 16),
    );

  it('come in order', () => {
    expect(runs('*/5 * * * *', 3)).toEqual([
      '2026-11-24T00:05',
      '2026-11-24T00:10',
      '2026-11-24T00:15',
    ]);
    expect(runs('0 2 * * 0', 2)).toEqual(['2026-11-29T02:00', '2026-12-06T02:00']);
  });

  it('are on either day when both day fields are restricted', () => {
    expect(runs('0 0 1 * 1', 3)).toEqual([
      '2026-11-30T00:00',
      '2026-12-01T00:00',
      '2026-12-07T00:00',
    ]);
  });

  it('are on both days when one field begins with a star, as Vixie cron has it', () => {
    expect(runs('0 0 */2 * 1', 2)).toEqual(['2026-12-07T00:00', '2026-12-21T00:00']);
  });

  it('are told in words', () => {
    expect(describeCron(parseCron('0 2 * * 0'))).toBe('At 02:00, only on Sunday');
  });
});
