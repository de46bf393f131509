import { describe, expect, it } from 'vitest';
import { judgePartitions } from '../../../../src/optimizer/partitions/judge.ts';
import type { Table } from '../../../../src/optimizer/schema.ts';
import { column, foreignKey, index, schemaOf, table } from '../schema-fixture.ts';

const verdict = (entry: Table): ReturnType<typeof judgePartitions>[number] | undefined =>
  judgePartitions(schemaOf(entry))[0];

const log = table('log', {
  columns: [column('id'), column('logged_at', 'datetime'), column('updated_at', 'datetime null')],
  indexes: [index('PRIMARY', ['id', 'logged_at']), index('by_id', ['id'])],
});

describe('monthly partitions', () => {
  it('are possible for a table without foreign keys whose keys hold the date', () => {
    expect(verdict(log)).toMatchObject({ column: 'logged_at', eligible: true, blockers: [] });
  });

  it('are told with every blocker by its name', () => {
    const orders = table('orders', {
      columns: [column('id'), column('number'), column('order_date', 'timestamp null')],
      indexes: [
        index('PRIMARY', ['id']),
        index('uq_number', ['number']),
        index('words', ['number'], { type: 'FULLTEXT' }),
      ],
      foreignKeys: [foreignKey('fk_order_user', { referencedTable: 'users' })],
      referencedBy: [foreignKey('fk_item_order', { table: 'order_items' })],
    });
    const found = verdict(orders);
    expect(found?.eligible).toBe(false);
    expect(found?.blockers.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'foreign-key fk_order_user',
      'referenced-by fk_item_order',
      'unique-without-date PRIMARY',
      'unique-without-date uq_number',
      'special-index words',
      'nullable-date order_date',
      'timestamp order_date',
    ]);
  });

  it('are possible for a TIMESTAMP, which only asks for another expression', () => {
    const entry = table('log', {
      columns: [column('id'), column('logged_at', 'timestamp')],
      indexes: [index('PRIMARY', ['id', 'logged_at'])],
    });
    expect(verdict(entry)).toMatchObject({ eligible: true, blockers: [{ kind: 'timestamp' }] });
  });

  it('are possible where the server numbers the primary key, which then holds the date too', () => {
    const numbered = { ...column('id'), isAutoIncrement: true };
    const entry = table('log', {
      columns: [numbered, column('logged_at', 'datetime')],
      indexes: [index('PRIMARY', ['id'])],
    });
    expect(verdict(entry)).toMatchObject({ eligible: true, blockers: [{ kind: 'numbered-key' }] });
    expect(verdict(entry)?.blockers[0]?.message).toContain('becomes (id, logged_at)');
    const plain = { ...entry, columns: [column('id'), column('logged_at', 'datetime')] };
    expect(verdict(plain)).toMatchObject({
      eligible: false,
      blockers: [{ kind: 'unique-without-date' }],
    });
  });

  it('are not possible for another engine or a generated date', () => {
    expect(verdict({ ...log, engine: 'MyISAM' })).toMatchObject({ blockers: [{ kind: 'engine' }] });
    const generated = { ...column('logged_at', 'datetime'), generated: 'stored' as const };
    const entry = { ...log, columns: [column('id'), generated] };
    expect(verdict(entry)).toMatchObject({
      eligible: false,
      blockers: [{ kind: 'generated-date' }],
    });
  });

  it('are not possible twice', () => {
    expect(verdict({ ...log, isPartitioned: true })?.eligible).toBe(false);
  });

  it('are not asked for where there is no date', () => {
    expect(verdict(table('plain'))).toBeUndefined();
  });
});
