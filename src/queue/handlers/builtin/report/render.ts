/** One row of a report, by column. */
export type Row = Record<string, unknown>;

/**
 * RFC 4180, with a header. A text that a spreadsheet would run as a formula gets a `'` before it
 * (OWASP, "CSV Injection"); a number keeps its sign. Without rows the columns are not known: the text is empty.
 */
export function toCsv(rows: readonly Row[]): string {
  const [first] = rows;
  if (!first) return '';
  const columns = Object.keys(first);
  const lines = [columns, ...rows.map((row) => columns.map((column) => plain(row[column])))];
  return lines.map((cells) => `${cells.map(toCell).join(',')}\r\n`).join('');
}

/** A JSON object a line. */
export function toNdjson(rows: readonly Row[]): string {
  return rows
    .map((row) => {
      const cells = Object.entries(row).map(([column, value]) => [column, plain(value)]);
      return `${JSON.stringify(Object.fromEntries(cells))}\n`;
    })
    .join('');
}

/** Times as ISO 8601 in UTC, bytes as Base64. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  return Buffer.isBuffer(value) ? value.toString('base64') : value;
}

function toCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const isNumber = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text);
  const safe = /^[=+\-@\t\r\n]/.test(text) && !isNumber ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
