import { describe, expect, it } from 'vitest';
import { compareSnapshots } from '../../../../src/optimizer/report/changes.ts';
import type { TableSnapshot } from '../../../../src/optimizer/report/changes.ts';
import { fileNamePattern } from '../../../../src/optimizer/shared-files.ts';

function table(name: string, change: Partial<TableSnapshot> = {}): TableSnapshot {
  return { name, rows: 10, dataBytes: 100, indexBytes: 50, indexes: [], ...change };
}

describe('what changed between two reports', () => {
  it('is nothing for the same tables', () => {
    const same = [table('a'), table('constructor'), table('__proto__')];
    const { tables, tablesAdded, tablesGone } = compareSnapshots(same, same);
    expect([tables, tablesAdded, tablesGone]).toEqual([[], [], []]);
  });

  it('names tables that are new or gone, also when they are named like a property of objects', () => {
    const changes = compareSnapshots([table('a'), table('b')], [table('a'), table('__proto__')]);
    expect(changes.tablesAdded).toEqual(['__proto__']);
    expect(changes.tablesGone).toEqual(['b']);
    expect(changes.totals.after.bytes).toBe(300);
  });

  it('tells rows and bytes with the largest change first', () => {
    const { tables } = compareSnapshots(
      [table('a'), table('b'), table('c')],
      [table('a', { rows: 12 }), table('b', { dataBytes: 20 }), table('c', { indexBytes: 60 })],
    );
    expect(tables.map((change) => [change.table, change.rowsChange, change.bytesChange])).toEqual([
      ['b', 0, -80],
      ['c', 0, 10],
      ['a', 2, 0],
    ]);
  });

  it('names indexes with their columns: one with other columns is gone and new', () => {
    const { tables } = compareSnapshots(
      [
        table('a', {
          indexes: [
            { name: 'x', columns: '(a)' },
            { name: 'y', columns: '(b)' },
          ],
        }),
      ],
      [
        table('a', {
          indexes: [
            { name: 'x', columns: '(a, b)' },
            { name: 'y', columns: '(b)' },
          ],
        }),
      ],
    );
    expect(tables[0]).toMatchObject({ indexesAdded: ['x (a, b)'], indexesGone: ['x (a)'] });
  });
});

describe('a table as InnoDB names its file', () => {
  it.each([
    ['shop/orders', 'shop/orders'],
    ['a@002db/x@003c@002fy@003e', 'a-b/x</y>'],
    ['shop/orders#P#p2026_01', 'shop/orders'],
    ['shop/orders#p#p2026_01', 'shop/orders'],
    ['shop/x@0023p@0023y', 'shop/x#p#y'],
    ['shop/m@1oller@002d1', 'shop/müller-1'],
    ['shop/a@002e@002a', 'shop/a.*'],
  ])('%s is %s', (file, name) => {
    expect(fileNamePattern(file).test(name)).toBe(true);
  });

  it.each([
    ['shop/orders', 'shop/orders2'],
    ['shop/orders', 'other/orders'],
    ['shop/a@002e@002a', 'shop/abc'],
    ['shop/m@1oller', 'shop/mooller'],
  ])('%s is not %s', (file, name) => {
    expect(fileNamePattern(file).test(name)).toBe(false);
  });
});
