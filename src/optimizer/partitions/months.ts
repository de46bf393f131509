/** Months as whole numbers, so that they can be counted and compared: `year * 12 + month - 1`. */
export type Month = number;

/** The month of a moment, in UTC. */
export function monthOf(moment: Date): Month {
  return moment.getUTCFullYear() * 12 + moment.getUTCMonth();
}

/** `2026-11-01` */
export function firstDayOf(month: Month): string {
  return `${monthName(month)}-01`;
}

/** `2026-11` */
export function monthName(month: Month): string {
  const year = Math.floor(month / 12);
  return `${String(year).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`;
}

/** The month that begins at this moment; null when it is not the first moment of a month (UTC). */
export function monthThatBeginsAt(moment: Date): Month | null {
  const month = monthOf(moment);
  return Date.parse(`${firstDayOf(month)}T00:00:00Z`) === moment.getTime() ? month : null;
}
