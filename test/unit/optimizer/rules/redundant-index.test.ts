import { describe, expect, it } from 'vitest';
import { redundantIndex } from '../../../../src/optimizer/rules/redundant-index.ts';
import type { Index } from '../../../../src/optimizer/schema.ts';
import { column, foreignKey, index, schemaOf, table } from '../schema-fixture.ts';

const columns = ['id', 'a', 'b', 'c'].map((name) => column(name));
const primary = index('PRIMARY', ['id']);

/** `name status` of each finding for a table with these indexes. */
function judge(indexes: Index[], more = {}): string[] {
  const schema = schemaOf(table('t', { columns, indexes: [primary, ...indexes], ...more }));
  return redundantIndex
    .find({ schema, statements: [] })
    .map((finding) => `${finding.index ?? ''} ${finding.status}`);
}

describe('indexes whose work another does', () => {
  it('names one of two with the same columns, the later name', () => {
    expect(judge([index('y', ['a']), index('x', ['a'])])).toEqual(['y proposed']);
  });

  it('names a left prefix of a longer one', () => {
    expect(judge([index('x', ['a']), index('y', ['a', 'b'])])).toEqual(['x proposed']);
  });

  it('names a plain index beside a UNIQUE or the primary key on the same columns', () => {
    expect(judge([index('x', ['a']), index('uq_a', ['a'])])).toEqual(['x proposed']);
    expect(judge([index('x', ['id'])])).toEqual(['x proposed']);
  });

  it('names each of several, all covered by one that stays', () => {
    const found = judge([
      index('w', ['a']),
      index('x', ['a']),
      index('y', ['a', 'b']),
      index('z', ['a', 'b']),
    ]);
    expect(found).toEqual(['w proposed', 'x proposed', 'z proposed']);
  });

  it('never lets an index cover another that is itself to go', () => {
    const schema = schemaOf(
      table('t', {
        columns,
        indexes: [primary, index('x', ['a']), index('y', ['a', 'b']), index('uq_ab', ['a', 'b'])],
      }),
    );
    const steps = redundantIndex.find({ schema, statements: [] }).map((finding) => finding.step);
    expect(steps).toEqual([null, expect.objectContaining({ index: 'y', coveredBy: 'uq_ab' })]);
  });

  it('names as cover an index that stays, not one that is to go as well', () => {
    const indexes = [index('w', ['a']), index('x', ['a']), index('y', ['a', 'b'])];
    const schema = schemaOf(table('t', { columns, indexes: [primary, ...indexes] }));
    const found = redundantIndex.find({ schema, statements: [] });
    expect(found.map(({ step }) => step)).toMatchObject([
      { index: 'w', coveredBy: 'y' },
      { index: 'x', coveredBy: 'y' },
    ]);
    expect(found[1]?.reason).toBe('y (a, b) begins with the same columns');
  });

  it('takes a shorter prefix of a text for covered by a longer one', () => {
    expect(judge([index('x', ['a(10)']), index('y', ['a(20)', 'b'])])).toEqual(['x proposed']);
    expect(judge([index('x', ['a(10)']), index('y', ['a'])])).toEqual(['x proposed']);
  });
});

describe('indexes that are only told', () => {
  it.each<[string, Index[], string[]]>([
    ['a left prefix of a UNIQUE', [index('x', ['a']), index('uq_ab', ['a', 'b'])], ['x review']],
    [
      'one that begins with a UNIQUE and may cover',
      [index('uq_a', ['a']), index('y', ['a', 'b'])],
      ['y review'],
    ],
    [
      'a UNIQUE that repeats another',
      [index('uq_a', ['a']), index('uq_b', ['a'])],
      ['uq_b review'],
    ],
    [
      'a FULLTEXT that repeats another',
      [index('x', ['a'], { type: 'FULLTEXT' }), index('y', ['a'], { type: 'FULLTEXT' })],
      ['y review'],
    ],
  ])('%s', (_, indexes, expected) => {
    expect(judge(indexes)).toEqual(expected);
  });
});

describe('indexes that are not redundant', () => {
  it.each<[string, Index[]]>([
    ['other columns', [index('x', ['a']), index('y', ['b'])]],
    ['another order', [index('x', ['a', 'b']), index('y', ['b', 'a'])]],
    ['another direction', [index('x', ['a DESC']), index('y', ['a'])]],
    ['a longer prefix than the other has', [index('x', ['a(20)']), index('y', ['a(10)', 'b'])]],
    ['a prefix in the middle', [index('x', ['a', 'b']), index('y', ['a(10)', 'b', 'c'])]],
    ['another type', [index('x', ['a'], { type: 'FULLTEXT' }), index('y', ['a', 'b'])]],
    [
      'a hash index cannot serve a prefix',
      [index('x', ['a'], { type: 'HASH' }), index('y', ['a', 'b'], { type: 'HASH' })],
    ],
    [
      'a hidden index serves nothing',
      [index('x', ['a']), index('y', ['a', 'b'], { isHidden: true })],
    ],
  ])('%s', (_, indexes) => {
    expect(judge(indexes)).toEqual([]);
  });

  it('leaves a foreign key its only index, which another one with a prefix cannot be', () => {
    const more = { foreignKeys: [foreignKey('fk', { table: 't', columns: ['a'] })] };
    expect(judge([index('x', ['a']), index('y', ['a', 'b'])], more)).toEqual(['x proposed']);
    const needed = { foreignKeys: [foreignKey('fk', { table: 't', columns: ['a', 'b'] })] };
    expect(judge([index('uq_a', ['a']), index('y', ['a', 'b'])], needed)).toEqual([]);
  });

  it('leaves the only index that a foreign key of another table points at', () => {
    const more = { referencedBy: [foreignKey('fk', { referencedColumns: ['a', 'b'] })] };
    expect(judge([index('uq_a', ['a']), index('y', ['a', 'b'])], more)).toEqual([]);
  });
});

it('gives the statement and what takes it back', () => {
  const schema = schemaOf(
    table('my`t', { columns, indexes: [primary, index('x', ['a(5)']), index('y', ['a', 'b'])] }),
  );
  const [finding] = redundantIndex.find({ schema, statements: [] });
  expect(finding).toMatchObject({
    id: 'redundant-index my`t.x',
    sql: ['ALTER TABLE `my``t` DROP INDEX `x`, ALGORITHM=INPLACE, LOCK=NONE'],
    rollback: ['ALTER TABLE `my``t` ADD INDEX `x` (`a`(5)), ALGORITHM=INPLACE, LOCK=NONE'],
    reason: 'y (a, b) begins with the same columns',
  });
});

it('is only told for an engine that locks the table while it drops', () => {
  const indexes = [index('x', ['a']), index('y', ['a', 'b'])];
  expect(judge(indexes, { engine: 'Aria' })).toEqual(['x review']);
  expect(judge(indexes, { engine: 'InnoDB' })).toEqual(['x proposed']);
});
