/**
 * A cron expression of five fields as sets of values. Only what Vixie cron, cronie and BSD cron read alike is taken:
 * numbers, names, ranges, lists and steps over a range or `*`. What only some of them know (`5/15`, `@daily`, `L`,
 * `#`, seconds) is refused, because it would run at other times, or never, on another machine.
 */
export interface CronExpression {
  readonly text: string;
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  /** 1 is January. */
  readonly months: readonly number[];
  /** 0 is Sunday, 6 is Saturday. */
  readonly daysOfWeek: readonly number[];
  /**
   * How the two day fields go together: `either` when both are restricted (cron runs when one of them matches), `both`
   * when one of them begins with `*`. A step (star, slash, number) counts as beginning with a star.
   */
  readonly dayRule: 'either' | 'both';
}

interface Field {
  name: string;
  min: number;
  max: number;
  names?: readonly string[];
}

const monthNames = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const dayNames = 'sun mon tue wed thu fri sat'.split(' ');

const fields = {
  minutes: { name: 'minute', min: 0, max: 59 },
  hours: { name: 'hour', min: 0, max: 23 },
  daysOfMonth: { name: 'day of the month', min: 1, max: 31 },
  months: { name: 'month', min: 1, max: 12, names: monthNames },
  // 7 is Sunday too.
  daysOfWeek: { name: 'day of the week', min: 0, max: 7, names: dayNames },
} satisfies Record<string, Field>;

const longestMonthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** What is wrong with a cron expression, in words; null when nothing is. */
export function findCronProblem(text: string): string | null {
  const parsed = parse(text);
  return typeof parsed === 'string' ? parsed : null;
}

/** @throws RangeError with the words of findCronProblem */
export function parseCron(text: string): CronExpression {
  const parsed = parse(text);
  if (typeof parsed === 'string') throw new RangeError(parsed);
  return parsed;
}

function parse(text: string): CronExpression | string {
  const parts = text.trim().split(/[ \t]+/);
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = parts;
  if (parts.length !== 5) return `it has ${parts.length} fields instead of five`;
  const sets = {
    minutes: parseField(minute, fields.minutes),
    hours: parseField(hour, fields.hours),
    daysOfMonth: parseField(dayOfMonth, fields.daysOfMonth),
    months: parseField(month, fields.months),
    daysOfWeek: parseField(dayOfWeek, fields.daysOfWeek),
  };
  const values: Record<string, number[]> = {};
  for (const [name, set] of Object.entries(sets)) {
    if (typeof set === 'string') return set;
    values[name] = set;
  }
  const { minutes = [], hours = [], daysOfMonth = [], months = [] } = values;
  const daysOfWeek = sorted((values['daysOfWeek'] ?? []).map((day) => day % 7));
  const dayRule = dayOfMonth.startsWith('*') || dayOfWeek.startsWith('*') ? 'both' : 'either';
  const isPossible = months.some((m) =>
    daysOfMonth.some((day) => day <= (longestMonthDays[m - 1] ?? 0)),
  );
  if (!isPossible && dayRule === 'both')
    return 'no month in it has such a day, so it would never run';
  return { text: parts.join(' '), minutes, hours, daysOfMonth, months, daysOfWeek, dayRule };
}

function parseField(text: string, field: Field): number[] | string {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const match = /^(\*|[a-z\d]+(?:-[a-z\d]+)?)(?:\/(\d+))?$/i.exec(item);
    if (!match) return `the ${field.name} "${text}" cannot be read`;
    const [, range = '', stepText] = match;
    const [from, to] = rangeOf(range, field);
    const step = stepText === undefined ? 1 : Number(stepText);
    if (from === null || to === null) {
      return `the ${field.name} "${item}" is outside ${field.min} to ${field.max}`;
    }
    if (from > to) return `the ${field.name} "${item}" runs backwards`;
    if (step < 1 || step > field.max)
      return `the step of the ${field.name} "${item}" is impossible`;
    if (stepText !== undefined && range !== '*' && !range.includes('-')) {
      return `the ${field.name} "${item}" needs a range before its step, as in ${range}-${field.max}/${step}`;
    }
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return sorted([...values]);
}

function rangeOf(range: string, field: Field): [number | null, number | null] {
  // A star over the days of the week must not count Sunday twice.
  if (range === '*') return [field.min, field.max === 7 ? 6 : field.max];
  const [from = '', to = from] = range.split('-');
  return [valueOf(from, field), valueOf(to, field)];
}

function valueOf(text: string, field: Field): number | null {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + field.min;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  return value >= field.min && value <= field.max ? value : null;
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
