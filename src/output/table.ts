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
  const widths = fit(columns, cells, width);
  const table = new Table({
    head: columns.map((column, i) => {
      const wrapped = wrapLines(column.title, widths[i] ?? Infinity);
      return eachLine(padRight(column, wrapped, i < widths.length - 1), (line) => color.dim(line));
    }),
    colWidths: widths.map((columnWidth, i) => columnWidth + (i < widths.length - 1 ? gap : 0)),
    colAligns: columns.map((column) => column.align ?? 'left'),
    // Everything is wrapped before: the library would count the bytes of a colour as columns and break inside it.
    wordWrap: false,
    chars: noBorders,
    // cli-table3 colours head and border by itself unless told not to, even into a pipe.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  // The padding of a right-aligned column would stick to the next one: the gap is part of the cell instead.
  for (const row of cells)
    table.push(
      row.map((cell, i) => {
        const wrapped = wrapLines(cell, widths[i] ?? Infinity);
        return padRight(columns[i], wrapped, i < widths.length - 1);
      }),
    );
  return eachLine(table.toString(), (line) => line.trimEnd());
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

function padRight(column: Column | undefined, cell: string, isInner: boolean): string {
  const pad = column?.align === 'right' && isInner ? ' '.repeat(gap) : '';
  return eachLine(cell, (line) => line + pad);
}

function eachLine(text: string, change: (line: string) => string): string {
  return text.split('\n').map(change).join('\n');
}

function longestLine(text: string): number {
  return Math.max(0, ...text.split('\n').map(visibleWidth));
}

/**
 * Takes what is too much from titles that are longer than what stands under them, then from flexible columns, and at
 * last from all.
 */
function fit(columns: readonly Column[], cells: readonly string[][], width: number): number[] {
  const contents = columns.map((_, i) =>
    Math.max(0, ...cells.map((row) => longestLine(row[i] ?? ''))),
  );
  const widths = columns.map(({ title }, i) => Math.max(visibleWidth(title), contents[i] ?? 0));
  const available = width - gap * (columns.length - 1);
  if (!Number.isFinite(available)) return widths;
  const isFlexible = (i: number): boolean => columns[i]?.flexible === true;
  const longestWord = (i: number): number =>
    Math.max(...(columns[i]?.title ?? '').split(' ').map(visibleWidth));
  shrink(widths, available, (i) => Math.max(contents[i] ?? 0, longestWord(i)));
  shrink(widths, available, (i) => (isFlexible(i) ? narrowestColumn : Infinity));
  shrink(widths, available, () => narrowestColumn);
  return widths;
}

/** Makes the widest columns narrower until all fit, none narrower than its floor. */
function shrink(widths: number[], available: number, floorOf: (column: number) => number): void {
  for (;;) {
    const excess = widths.reduce((sum, columnWidth) => sum + columnWidth, 0) - available;
    const [widest, second] = widths
      .map((columnWidth, i) => ({ columnWidth, i, floor: floorOf(i) }))
      .filter(({ columnWidth, floor }) => columnWidth > floor)
      .sort((a, b) => b.columnWidth - a.columnWidth);
    if (excess <= 0 || !widest) return;
    // Down to the next widest, then both together, a column at a time.
    const step = Math.max(1, Math.min(excess, widest.columnWidth - (second?.columnWidth ?? 0)));
    widths[widest.i] = Math.max(widest.floor, widest.columnWidth - step);
  }
}
