import type { ChalkInstance } from 'chalk';
import Table from 'cli-table3';
import { formatCell, visibleWidth } from './text.ts';
import { wrapLines } from './wrap.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** May be wrapped to make the table fit; other columns keep their natural width as long as they can. */
  flexible?: boolean;
}

interface TableStyle {
  color: ChalkInstance;
  width: number;
}

const gap = 2;
const narrowestColumn = 8;

/** A table without borders: dim titles, two spaces between columns, wrapped where the terminal is too narrow. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly unknown[])[],
  { color, width }: TableStyle,
): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => columns.map((_, i) => formatCell(row[i])));
  const widths = fit(columns, naturalWidths(columns, cells), width);
  const table = new Table({
    head: columns.map((column, i) => {
      const title = wrapLines(column.title, widths[i] ?? Infinity);
      return color.dim(padRight(column, title, i < widths.length - 1));
    }),
    colWidths: widths.map((columnWidth, i) => columnWidth + (i < widths.length - 1 ? gap : 0)),
    colAligns: columns.map((column) => column.align ?? 'left'),
    // The library counts the bytes of colour when it wraps, and would break "works" into two lines.
    wordWrap: false,
    chars: noBorders,
    // cli-table3 colours head and border by itself unless told not to, even into a pipe.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  // The padding of a right-aligned column would stick to the next one: the gap is part of the cell instead.
  for (const row of cells)
    table.push(
      row.map((cell, i) => {
        // Wrapped here: the library would let a wrapped line run into the gap.
        const wrapped = wrapLines(cell, widths[i] ?? Infinity);
        return padRight(columns[i], wrapped, i < widths.length - 1);
      }),
    );
  const [head = '', ...lines] = table.toString().split('\n');
  return [alignHead(head), ...lines].map((line) => line.trimEnd()).join('\n');
}

const noBorders = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((name) => [name, '']),
);

function alignHead(head: string): string {
  return head;
}

function padRight(column: Column | undefined, cell: string, isInner: boolean): string {
  const pad = column?.align === 'right' && isInner ? ' '.repeat(gap) : '';
  return cell
    .split('\n')
    .map((line) => line + pad)
    .join('\n');
}

function naturalWidths(columns: readonly Column[], cells: readonly string[][]): number[] {
  return columns.map((column, i) =>
    Math.max(visibleWidth(column.title), ...cells.map((row) => longestLine(row[i] ?? ''))),
  );
}

function longestLine(text: string): number {
  return Math.max(0, ...text.split('\n').map(visibleWidth));
}

/** Takes what is too much from the widest flexible column, then from the widest of all. */
function fit(columns: readonly Column[], natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const available = width - gap * (columns.length - 1);
  const shrink = (mayShrink: (i: number) => boolean): void => {
    for (;;) {
      const excess = widths.reduce((sum, columnWidth) => sum + columnWidth, 0) - available;
      const candidates = widths
        .map((columnWidth, i) => ({ columnWidth, i }))
        .filter(({ columnWidth, i }) => mayShrink(i) && columnWidth > narrowestColumn)
        .sort((a, b) => b.columnWidth - a.columnWidth);
      const widest = candidates[0];
      if (excess <= 0 || !widest) return;
      const second = candidates[1]?.columnWidth ?? narrowestColumn;
      const step = Math.max(
        1,
        Math.min(excess, widest.columnWidth - Math.max(second, narrowestColumn)),
      );
      widths[widest.i] = Math.max(narrowestColumn, widest.columnWidth - step);
    }
  };
  if (Number.isFinite(available)) {
    shrink((i) => columns[i]?.flexible === true);
    shrink(() => true);
  }
  return widths;
}
