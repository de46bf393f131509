import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createScreen } from '../../../src/output/screen.ts';

describe('a table on a narrow terminal', () => {
  const columns = [
    { title: 'task' },
    { title: 'verdict' },
    { title: 'because', flexible: true },
  ] as const;

  it('keeps a coloured word in one piece, however narrow its column', () => {
    const screen = createScreen({ color: true, width: 50 });
    const rows = [['create tables', screen.status('works'), 'a probe table came and went again']];
    expect(stripVTControlCharacters(screen.table(columns, rows))).toBe(
      [
        'task           verdict  because',
        'create tables  works    a probe table came and',
        '                        went again',
      ].join('\n'),
    );
  });

  it('is no wider than the terminal, titles included', () => {
    const screen = createScreen({ color: false, width: 30 });
    const table = screen.table(
      [{ title: 'a rather long title' }, { title: 'another one' }, { title: 'x', flexible: true }],
      [['some words here', 'and some there', 'and a whole sentence at the end of it']],
    );
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(30);
    expect(table).not.toContain('…');
  });
});
