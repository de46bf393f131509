/** A logarithmic axis over whole powers of ten; places are in percent of its length. */
export interface LogScale {
  place(value: number): number;
  /** Powers of ten from end to end. */
  readonly ticks: readonly number[];
}

/** @param values above zero; the axis holds them all and is a decade long at least */
export function logScale(values: readonly number[]): LogScale {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  return { ticks, place: (value) => ((Math.log10(value) - low) / (high - low)) * 100 };
}

/** A share in percent, with two digits: enough for a screen, and short in the page. */
export function percent(share: number): string {
  return `${Number(share.toFixed(2))}%`;
}
