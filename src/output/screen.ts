import { Chalk } from 'chalk';
import type { ChalkInstance } from 'chalk';
import { renderTable } from './table.ts';
import type { Column } from './table.ts';
import { wrapLines } from './wrap.ts';

/** What a renderer may use: human text is a pure function of a result and one of these. */
export interface Screen {
  /** Columns of the terminal; Infinity in a pipe, where nothing is cut or wrapped. */
  readonly width: number;
  readonly color: ChalkInstance;
  heading(text: string): string;
  /** A table that fits the width. An empty one is the empty string. */
  table(columns: readonly Column[], rows: readonly (readonly unknown[])[]): string;
  /** `name  value` lines with the values aligned, wrapped under themselves where they are too long. */
  pairs(entries: readonly (readonly [string, string])[]): string;
  /** `ok`, `warning`, `critical` … in the colour that goes with it. */
  status(word: string): string;
}

export interface ScreenOptions {
  color: boolean;
  width: number;
}

/** Colour and width are decided once, here; nobody below asks the terminal again. */
export function createScreen({ color: isColored, width }: ScreenOptions): Screen {
  const color = new Chalk({ level: isColored ? 1 : 0 });
  return {
    width,
    color,
    heading: (text) => color.bold(text),
    table: (columns, rows) => renderTable(columns, rows, { color, width }),
    pairs: (entries) => {
      const longest = Math.max(0, ...entries.map(([name]) => name.length));
      const hanging = `\n${' '.repeat(longest + 2)}`;
      return entries
        .map(([name, value]) => {
          const wrapped = wrapLines(value, Math.max(20, width - longest - 2));
          return `${color.dim(name.padEnd(longest))}  ${wrapped.replaceAll('\n', hanging)}`;
        })
        .join('\n');
    },
    status: (word) => colorOfStatus(color, word)(word),
  };
}

function colorOfStatus(color: ChalkInstance, word: string): ChalkInstance {
  if (good.has(word)) return color.green;
  if (doubtful.has(word)) return color.yellow;
  if (bad.has(word)) return color.red;
  return color.dim;
}

const good = new Set(['ok', 'passed', 'applied', 'done', 'completed', 'yes', 'works', 'installed']);
const doubtful = new Set([
  'warning',
  'review',
  'unknown',
  'partly',
  'retried',
  'proposed',
  'outdated',
]);
const bad = new Set([
  'critical',
  'failed',
  'blocked',
  'invalid',
  'rejected',
  'not-here',
  'missing',
]);
