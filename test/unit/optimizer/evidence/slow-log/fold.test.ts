import { describe, expect, it } from 'vitest';
import { SlowLogFold } from '../../../../../src/optimizer/evidence/slow-log/fold.ts';

function fold(...texts: (string | [text: string, durationMs: number])[]): SlowLogFold {
  const folded = new SlowLogFold('Shop');
  texts.forEach((entry, i) => {
    const [text, durationMs] = typeof entry === 'string' ? [entry, 1] : entry;
    folded.add({ text, line: i + 1, durationMs, at: i * 1000, database: 'shop', state: 'whole' });
  });
  return folded;
}

describe('the statements of a slow log', () => {
  it('are counted by form, with the three that took the longest', () => {
    const folded = fold(
      ["SELECT a FROM t WHERE b = 'x' AND c IN (1, 2)", 5],
      ["select a from t  where b = 'it''s' AND c IN (1, 2, 3) /* page 7 */", 9],
      ['SELECT a FROM t WHERE b = "y" AND c IN (4)', 1],
      ['SELECT a FROM t WHERE b = "z" AND c IN (5)', 7],
      ['SELECT a FROM t WHERE b = "z" AND c IN (5)', 8],
    );
    expect(folded.forms.size).toBe(2);
    const [form] = [...folded.forms.values()];
    expect(form).toMatchObject({ count: 4, totalMs: 21 });
    expect(form?.samples.map(({ line }) => line)).toEqual([1, 3, 4]);
    expect(folded.windowMs).toBe(4000);
  });

  it('leave out writes, and those of scalectl and of other databases', () => {
    const folded = fold(
      '/* scalectl:optimize-db */ SELECT 1 FROM t',
      'SELECT * FROM scalectl_jobs',
      'UPDATE t SET a = 1',
      'SELECT * FROM `mysql`.`user`',
      '/* page */ (SELECT 1 FROM t)',
    );
    folded.add({
      text: 'SELECT 1 FROM t',
      line: 9,
      durationMs: 1,
      at: null,
      database: 'other',
      state: 'whole',
    });
    expect(folded).toMatchObject({ entries: 6, writes: 1, otherDatabases: 1 });
    expect([...folded.forms.values()].map(({ samples }) => samples[0]?.line)).toEqual([5]);
  });

  it('are not kept without bound', () => {
    const folded = new SlowLogFold('shop');
    const common = { line: 1, durationMs: 1, at: null, database: 'shop' } as const;
    for (let i = 0; i < 5010; i += 1) {
      folded.add({ ...common, text: `SELECT column_${i} FROM t`, state: 'whole' });
    }
    for (let i = 0; i < 25; i += 1) folded.add({ ...common, text: 'SELECT', state: 'torn' });
    expect(folded.forms.size).toBe(5000);
    expect(folded).toMatchObject({ beyond: 10, moreUnusable: 5 });
    expect(folded.unusable).toHaveLength(20);
  });
});
