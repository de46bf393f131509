/** Durations and sizes as people type them: `250ms`, `30s`, `5m`, `7d`; `64KB`, `2GB`. */

const durationUnits: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Binary multiples, as MySQL and Redis read the same letters. */
const sizeUnits: Record<string, number> = {
  b: 1,
  k: 1024,
  kb: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
  t: 1024 ** 4,
  tb: 1024 ** 4,
};

/** Milliseconds of `1.5s`, `5m`, `7d`; null when the text is no duration. A bare number needs a unit, except 0. */
export function parseDuration(text: string): number | null {
  if (text.trim() === '0') return 0;
  return parseQuantity(text, durationUnits);
}

/** Bytes of `64KB`, `2GB` or a bare number; null when the text is no size. */
export function parseSize(text: string): number | null {
  return /^\s*\d+\s*$/.test(text) ? Number(text) : parseQuantity(text, sizeUnits);
}

function parseQuantity(text: string, units: Record<string, number>): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text);
  if (!match) return null;
  const unit = units[(match[2] ?? '').toLowerCase()];
  return unit === undefined ? null : Math.round(Number(match[1]) * unit);
}

/** `5m`, `1.5s`, `250ms`: the largest unit that keeps the figure short; reads back with parseDuration. */
export function formatDuration(durationMs: number): string {
  for (const [unit, factor] of Object.entries(durationUnits).reverse()) {
    if (durationMs >= factor && (durationMs * 10) % factor === 0)
      return `${durationMs / factor}${unit}`;
  }
  return `${durationMs}ms`;
}

/** `64KB`, `2GB`: exact; reads back with parseSize. */
export function formatSize(sizeBytes: number): string {
  for (const unit of ['TB', 'GB', 'MB', 'KB']) {
    const factor = sizeUnits[unit.toLowerCase()] ?? 1;
    if (sizeBytes >= factor && sizeBytes % factor === 0) return `${sizeBytes / factor}${unit}`;
  }
  return `${sizeBytes}B`;
}

/** `24m`, `2y`: whole months, at least one; null for anything else. */
export function parseMonths(text: string): number | null {
  const match = /^(\d{1,4})(m|y)$/.exec(text.trim());
  if (!match) return null;
  const months = Number(match[1]) * (match[2] === 'y' ? 12 : 1);
  return months >= 1 && months <= 1200 ? months : null;
}
