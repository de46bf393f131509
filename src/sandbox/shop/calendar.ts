import type { Random } from './random.ts';
import { createSampler } from './skew.ts';

export const secondsPerDay = 86_400;

/** India Standard Time is UTC+5:30 all year: the shop's hours follow it. */
const shopOffsetSeconds = 5.5 * 3600;

/** Sunday first: shops restock on Mondays and before the weekend. */
const weekdayWeights = [0.3, 1.25, 1.1, 1.05, 1.05, 1.15, 0.9];

/** January first: drinks sell in the hot months, and again before the autumn festivals. */
const monthWeights = [0.9, 0.9, 1.1, 1.25, 1.35, 1.15, 0.9, 0.95, 1, 1.3, 1.25, 1];

/** Midnight first, in the shop's own time: retailers order before opening and in the late afternoon. */
const hourWeights = [
  0.2, 0.1, 0.1, 0.1, 0.2, 0.5, 1, 2, 4, 7, 9, 9, 7, 5, 5, 6, 8, 9, 8, 6, 5, 4, 2, 1,
];

export interface Span {
  /** Unix seconds; nothing is later. */
  end: number;
  days: number;
  /** How much busier the last day is than the first, before season and weekday. */
  growth: number;
}

/**
 * Exactly `count` moments in Unix seconds, in ascending order, spread over the days before `span.end`
 * as a shop's trade is: growing, with seasons, weekdays and opening hours.
 */
export function* busyMoments(span: Span, count: number, random: Random): Generator<number> {
  const lastDay = Math.floor(span.end / secondsPerDay);
  const weights = Array.from({ length: span.days }, (_, index) =>
    dayWeight(lastDay - span.days + 1 + index, index / span.days, span),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const drawHour = createSampler(hourWeights);
  let cumulated = 0;
  let given = 0;
  for (const [index, weight] of weights.entries()) {
    cumulated += weight;
    const due = index === weights.length - 1 ? count : Math.round((cumulated / total) * count);
    const dayStart = (lastDay - span.days + 1 + index) * secondsPerDay;
    const moments = Array.from({ length: due - given }, () =>
      momentInDay(dayStart, span.end, drawHour, random),
    );
    yield* moments.sort((a, b) => a - b);
    given = due;
  }
}

/** Writes Unix seconds as a TIMESTAMP literal in UTC, `2026-01-31 09:05:00`: the session's time zone must be UTC. */
export function toTimestamp(unixSeconds: number): string {
  const day = Math.floor(unixSeconds / secondsPerDay);
  const second = unixSeconds - day * secondsPerDay;
  return `${dayText(day)} ${twoDigits(Math.floor(second / 3600))}:${twoDigits(Math.floor(second / 60) % 60)}:${twoDigits(second % 60)}`;
}

/** `20260131`, as document numbers carry it. */
export function toCompactDay(unixSeconds: number): string {
  return dayText(Math.floor(unixSeconds / secondsPerDay)).replaceAll('-', '');
}

function dayWeight(day: number, progress: number, span: Span): number {
  const date = new Date(day * secondsPerDay * 1000);
  const season = monthWeights[date.getUTCMonth()] ?? 1;
  const weekday = weekdayWeights[date.getUTCDay()] ?? 1;
  const partOfDay = Math.min(1, (span.end - day * secondsPerDay) / secondsPerDay);
  return (1 + progress * (span.growth - 1)) * season * weekday * partOfDay;
}

function momentInDay(
  dayStart: number,
  end: number,
  drawHour: (random: Random) => number,
  random: Random,
): number {
  const local = drawHour(random) * 3600 + random.between(0, 3599);
  const second = (local - shopOffsetSeconds + secondsPerDay) % secondsPerDay;
  if (dayStart + secondsPerDay <= end) return dayStart + second;
  // Today is not over: its hours are pressed into the part that is.
  return dayStart + Math.floor((second / secondsPerDay) * (end - dayStart));
}

/** The texts of days, remembered: a fill asks for each of some 800 days thousands of times. */
const dayTexts = new Map<number, string>();

function dayText(day: number): string {
  let text = dayTexts.get(day);
  if (text === undefined) {
    text = new Date(day * secondsPerDay * 1000).toISOString().slice(0, 10);
    dayTexts.set(day, text);
  }
  return text;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
