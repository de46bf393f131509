import { describe, expect, it } from 'vitest';
import { whyNoRoomForCopy } from '../../../../src/optimizer/disk-space.ts';
import type { ServerFacts } from '../../../../src/optimizer/evidence/server-facts.ts';
import { fragmentation } from '../../../../src/optimizer/rules/fragmentation.ts';
import type { Table } from '../../../../src/optimizer/schema.ts';
import { index, table } from '../schema-fixture.ts';

const mib = 2 ** 20;
const loose = { dataBytes: 300 * mib, indexBytes: 100 * mib, freeBytes: 100 * mib };

function find(each: Table, isShared: ServerFacts['isShared'] = () => false) {
  const schema = { database: 'shop', tables: new Map([[each.name, each]]) };
  const server: ServerFacts = {
    usage: null,
    unusedAfterMs: 0,
    settledIndexes: new Set(),
    indexAcrossCollations: true,
    isShared,
    unknown: [],
  };
  return fragmentation.find({ schema, statements: [], server });
}

describe('fragmentation', () => {
  it('names a table of which a fifth, and 100 MB, hold no rows', () => {
    const [finding] = find(table('visits', loose));
    expect(finding).toMatchObject({
      id: 'fragmentation visits',
      status: 'review',
      step: null,
      sql: ['ALTER TABLE `visits` FORCE, ALGORITHM=INPLACE, LOCK=NONE'],
    });
    expect(finding?.reason).toContain('--rebuild visits');
  });

  it('leaves less room, and a smaller share of it, alone', () => {
    expect(find(table('visits', { ...loose, freeBytes: 99 * mib }))).toEqual([]);
    expect(find(table('visits', { ...loose, dataBytes: 400 * mib }))).toEqual([]);
  });

  it('names no table in a file of several, or of which nobody says where it lies', () => {
    expect(find(table('visits', loose), () => true)).toEqual([]);
    expect(find(table('visits', loose), null)).toEqual([]);
  });

  it('names no partitioned table and no other engine', () => {
    expect(find(table('visits', { ...loose, isPartitioned: true }))).toEqual([]);
    expect(find(table('visits', { ...loose, engine: 'MyISAM' }))).toEqual([]);
  });

  it('says that a FULLTEXT index locks the table, and shows the statement that the server takes', () => {
    const words = index('words', ['note'], { type: 'FULLTEXT' });
    const [finding] = find(table('visits', { ...loose, indexes: [words] }));
    expect(finding?.reason).toContain('FULLTEXT index is rebuilt with it locked');
    expect(finding?.sql).toEqual(['ALTER TABLE `visits` FORCE']);
  });
});

describe('the room for a copy', () => {
  it('is refused where the table and twice its indexes do not fit', () => {
    expect(whyNoRoomForCopy(table('visits', loose), 500 * mib)).toBeNull();
    expect(whyNoRoomForCopy(table('visits', loose), null)).toBeNull();
    expect(whyNoRoomForCopy(table('visits', loose), 499 * mib)).toContain('the server has');
  });
});
