import { stripVTControlCharacters } from 'node:util';

/** Columns that a text takes on a terminal. Wide East Asian characters count twice, combining marks not at all. */
export function visibleWidth(text: string): number {
  const plain = stripVTControlCharacters(text);
  if (printableAscii.test(plain)) return plain.length;
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(plain))
    width += wide.test(segment) ? 2 : 1;
  return width;
}

const printableAscii = /^[\x20-\x7e]*$/;
const wide =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/u;

/** A cell of a table: null and undefined are a dash, never an empty hole. */
export function formatCell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * 1234567 → `1,234,567`; fractions with at most two digits. Without Intl.NumberFormat: making one loads ICU's data,
 * which is half as much again as starting Node.
 */
export function formatNumber(value: number): string {
  const [whole = '', fraction = ''] = value.toFixed(2).split('.');
  const digits = fraction.replace(/0+$/, '');
  const grouped = whole.replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, ',');
  return `${grouped === '-0' && digits === '' ? '0' : grouped}${digits === '' ? '' : `.${digits}`}`;
}

/** `0.42 ms`, `12.3 ms`, `1.25 s`, `3 min 20 s`, `2 d 3 h`: three digits are enough to compare. */
export function formatMs(durationMs: number | null): string {
  if (durationMs === null) return '-';
  if (durationMs < 1000) return `${threeDigits(durationMs)} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 60) return `${threeDigits(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return twoUnits(minutes, 'min', Math.floor(seconds % 60), 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return twoUnits(hours, 'h', minutes % 60, 'min');
  return twoUnits(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function twoUnits(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

function threeDigits(value: number): string {
  if (value === 0) return '0';
  if (value < 1) return value.toFixed(2);
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

/** `512 B`, `64.0 KB`, `1.50 GB`: binary multiples, as MySQL and Redis count. */
export function formatBytes(sizeBytes: number | null): string {
  if (sizeBytes === null) return '-';
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power =
    sizeBytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(sizeBytes) / 10));
  return `${power === 0 ? sizeBytes : threeDigits(sizeBytes / 1024 ** power)} ${units[power]}`;
}

/** A rate from 0 to 1 as `97.4 %`; a dash without samples. */
export function formatRate(rate: number | null): string {
  return rate === null ? '-' : `${(rate * 100).toFixed(1).replace(/\.0$/, '')} %`;
}

/** `1 job`, `2 jobs` */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${formatNumber(count)} ${count === 1 ? noun : many}`;
}

/**
 * Text from a database, a cache or a job, made harmless for a terminal: control characters become `\x1b` and the
 * like, so that stored data cannot move the cursor or set a title. Line breaks stay when asked.
 */
export function safeText(text: string, options: { keepLineBreaks?: boolean } = {}): string {
  return text.replaceAll(controlCharacters, (character) =>
    options.keepLineBreaks && character === '\n' ? character : escapeCharacter(character),
  );
}

// eslint-disable-next-line no-control-regex -- control characters are what this is about
const controlCharacters = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

function escapeCharacter(character: string): string {
  const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  const code = character.codePointAt(0) ?? 0;
  return (
    short[character] ??
    (code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`)
  );
}
