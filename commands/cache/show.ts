import type { Json } from '../../src/cache/php/to-json.ts';
import { formatMs, safeText } from '../../src/output/text.ts';

/** A key for a person: harmless for the terminal, bytes that are no text as `\xff`. */
export function keyText(key: Json): string {
  if (typeof key === 'string') return safeText(key);
  const base64 = key !== null && typeof key === 'object' && '$base64' in key ? key.$base64 : null;
  if (typeof base64 !== 'string') return safeText(JSON.stringify(key));
  return [...Buffer.from(base64, 'base64')].map(byteText).join('');
}

function byteText(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? String.fromCharCode(byte)
    : `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** A decoded value for a person: text as it reads, a structure indented, bytes as a hex dump. */
export function valueText(value: Json): string {
  if (typeof value === 'string') return safeText(value, { keepLineBreaks: true });
  const isBytes = typeof value === 'object' && value !== null && '$base64' in value;
  if (isBytes && typeof value.$base64 === 'string') {
    return hexDump(Buffer.from(value.$base64, 'base64'));
  }
  return safeText(JSON.stringify(value, null, 2), { keepLineBreaks: true });
}

const dumpedBytes = 512;

/** 16 bytes a line: offset, hexadecimal, and what is printable of them. */
function hexDump(bytes: Buffer): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, dumpedBytes); at += 16) {
    const row = [...bytes.subarray(at, Math.min(at + 16, dumpedBytes))];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${text.join('')}`);
  }
  if (bytes.length > dumpedBytes) lines.push(`… ${bytes.length - dumpedBytes} more bytes`);
  return lines.join('\n');
}

export function ttlText(ttlMs: number | null): string {
  return ttlMs === null ? 'never expires' : formatMs(ttlMs);
}

/** The first lines of a long text, and how many are left out. */
export function firstLines(text: string, most: number): string {
  const lines = text.split('\n');
  return lines.length <= most
    ? text
    : [...lines.slice(0, most), `… ${lines.length - most} more lines; --json has them all`].join(
        '\n',
      );
}
