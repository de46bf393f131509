import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createScreen } from '../../../src/output/screen.ts';
import { visibleWidth } from '../../../src/output/text.ts';

const columns = [
  { title: 'check' },
  { title: 'status' },
  { title: 'finding', flexible: true },
  { title: 'target', align: 'right' as const },
];

function render(color: boolean, width: number): string {
  const screen = createScreen({ color, width });
  return screen.table(columns, [
    ['database-reachable', screen.status('ok'), 'MariaDB answers at shop@localhost', '-'],
    ['host-load', screen.status('critical'), 'load 7.65 per core over five minutes', '2 per core'],
  ]);
}

describe('a table', () => {
  it.each([40, 60, 80, Infinity])(
    'says the same with colours as without, at %d columns',
    (width) => {
      expect(stripVTControlCharacters(render(true, width))).toBe(render(false, width));
    },
  );

  it.each([40, 60, 80])('is never wider than the %d columns of the terminal', (width) => {
    for (const line of render(true, width).split('\n')) {
      expect(visibleWidth(line)).toBeLessThanOrEqual(width);
    }
  });

  it('keeps a coloured word in one piece with both of its codes', () => {
    expect(render(true, 60)).toContain('\u001b[31mcritical\u001b[39m');
  });

  it('is empty without rows', () => {
    expect(createScreen({ color: true, width: 80 }).table(columns, [])).toBe('');
  });
});

describe('a table on a narrow terminal', () => {
  const reasons = [
    { title: 'task' },
    { title: 'verdict' },
    { title: 'because', flexible: true },
  ] as const;

  it('keeps a coloured word in one piece, however narrow its column', () => {
    const screen = createScreen({ color: true, width: 50 });
    const rows = [['create tables', screen.status('works'), 'a probe table came and went again']];
    expect(stripVTControlCharacters(screen.table(reasons, rows))).toBe(
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

describe('a table with more than the terminal holds', () => {
  const groups = [
    { title: 'keys', flexible: true },
    { title: 'number', align: 'right' as const },
    { title: 'memory', align: 'right' as const },
    { title: 'mean', align: 'right' as const },
    { title: 'type' },
    { title: 'expires in', align: 'right' as const },
    { title: 'never expire', align: 'right' as const },
    { title: '' },
  ];
  const rows = [
    ['session:*', 120, '43.1 KB', '368 B', 'string', '42 min', '0 %', ' '],
    ['product_details_category:*', 40, '1.20 MB', '30.7 KB', 'string', '55 min', '0 %', ' '],
  ];

  it('breaks titles before it breaks what people look for', () => {
    const text = createScreen({ color: false, width: 80 }).table(groups, rows);
    expect(text).toBe(
      [
        'keys                        number   memory     mean  type    expires   never',
        '                                                                   in  expire',
        'session:*                      120  43.1 KB    368 B  string   42 min     0 %',
        'product_details_category:*      40  1.20 MB  30.7 KB  string   55 min     0 %',
      ].join('\n'),
    );
  });
});

describe('pairs', () => {
  it('wraps a long value under itself', () => {
    const screen = createScreen({ color: false, width: 40 });
    expect(
      screen.pairs([
        ['success', '100 %'],
        ['latency', 'p50 16.1 ms, p90 20.0 ms, p95 32.8 ms, max 40.0 ms'],
      ]),
    ).toBe(
      [
        'success  100 %',
        'latency  p50 16.1 ms, p90 20.0 ms, p95',
        '         32.8 ms, max 40.0 ms',
      ].join('\n'),
    );
  });
});
