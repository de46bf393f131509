import { describe, expect, it } from 'vitest';
import type { StatementEvidence } from '../../../src/optimizer/findings.ts';
import { judgeProof } from '../../../src/optimizer/judge-proof.ts';

function timed(withoutMs: number, withMs: number, ratio: number): StatementEvidence {
  return {
    statement: 'SELECT 1',
    sources: ['workload-file'],
    count: 1,
    rowsRead: 1000,
    plan: 'reads all rows',
    values: 'own',
    file: null,
    line: null,
    withoutMs,
    withMs,
    gain: withoutMs / withMs,
    control: { ratio },
    pairs: 7,
    isChosen: true,
    note: null,
  };
}

const outcome = (...statements: StatementEvidence[]): string =>
  judgeProof('idx', statements, 2).outcome;

describe('an index is kept', () => {
  it('for a gain that is clear of what the control shows', () => {
    expect(outcome(timed(21, 10, 1.05))).toBe('keep');
    expect(outcome(timed(100, 10, 0.5))).toBe('keep');
    expect(judgeProof('idx', [timed(100, 10, 1.1)], 2)).toMatchObject({
      gain: 10,
      control: { ratio: 1.1 },
      reason: 'proven: 10× with idx',
    });
  });

  it('for a gain so large that the whole deviation leaves enough of it', () => {
    expect(outcome(timed(250, 10, 12))).toBe('keep');
    expect(outcome(timed(250, 10, 14))).toBe('later');
  });

  it('for one clear statement among unclear ones', () => {
    expect(outcome(timed(30, 10, 2.5), timed(25, 10, 1.1))).toBe('keep');
  });
});

describe('an index is not kept', () => {
  it('and left for later when the control differs from itself by half of the gain', () => {
    expect(outcome(timed(21, 10, 1.7))).toBe('later');
    expect(outcome(timed(21, 10, 1 / 1.7))).toBe('later');
    expect(judgeProof('idx', [timed(21, 10, 1.7)], 2).reason).toContain('came to 1.7×');
  });

  it('when it gains too little, is not chosen, or was not timed', () => {
    expect(outcome(timed(19, 10, 1))).toBe('take-back');
    expect(outcome({ ...timed(100, 10, 1), isChosen: false, gain: null })).toBe('take-back');
    expect(outcome({ ...timed(100, 10, 1), gain: null, withMs: null })).toBe('take-back');
  });

  it('when another statement suffers by more than the control explains', () => {
    expect(outcome(timed(100, 10, 1), timed(10, 14, 1))).toBe('take-back');
    expect(outcome(timed(100, 10, 1), timed(10, 14, 1.3))).toBe('keep');
  });
});
