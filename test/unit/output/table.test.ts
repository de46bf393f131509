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
