import { describe, expect, it } from 'vitest';
import { noEvidence } from '../../../src/optimizer/findings.ts';
import type { Finding, FindingStatus, StatementEvidence } from '../../../src/optimizer/findings.ts';
import { partnerKeptLater } from '../../../src/optimizer/second-trial.ts';

const join = 'SELECT c.id FROM t0 p JOIN t1 c ON c.parent_id = p.id WHERE p.state = 1';

function tried(table: string, column: string, status: FindingStatus, ...texts: string[]): Finding {
  const parts = [{ column, prefixLength: null, isDescending: false, expression: null }];
  return {
    id: `missing-index ${table} (${column})`,
    rule: 'missing-index',
    table,
    index: `idx_${column}`,
    columns: [column],
    status,
    reason: 'the optimizer does not take it by itself',
    evidence: { ...noEvidence, statements: texts.map(judged) },
    sql: [],
    rollback: [],
    step: { kind: 'add-index', table, index: `idx_${column}`, parts },
  };
}

function judged(statement: string): StatementEvidence {
  return {
    statement,
    sources: ['workload-file'],
    count: 1,
    rowsRead: 1000,
    plan: 'reads all rows',
    values: 'own',
    file: null,
    line: null,
    withoutMs: null,
    withMs: null,
    gain: null,
    pairs: 0,
    isChosen: false,
    note: null,
  };
}

describe('a rejected index is tried again', () => {
  it('when one that serves the same statement was kept after it', () => {
    const rejected = tried('t0', 'state', 'rejected', 'SELECT 1', join);
    const kept = tried('t1', 'parent_id', 'applied', join);
    expect(partnerKeptLater([rejected, kept], rejected)).toBe('t1 (parent_id)');
  });

  it('but not when the partner was there already, was not kept, or serves other statements', () => {
    const rejected = tried('t0', 'state', 'rejected', join);
    const kept = tried('t1', 'parent_id', 'applied', join);
    expect(partnerKeptLater([kept, rejected], rejected)).toBeNull();
    const lost = tried('t1', 'parent_id', 'rejected', join);
    expect(partnerKeptLater([rejected, lost], rejected)).toBeNull();
    const stranger = tried('t1', 'parent_id', 'applied', 'SELECT 2');
    expect(partnerKeptLater([rejected, stranger], rejected)).toBeNull();
  });

  it('and a kept one is not', () => {
    const first = tried('t0', 'state', 'applied', join);
    expect(partnerKeptLater([first, tried('t1', 'parent_id', 'applied', join)], first)).toBeNull();
  });
});
