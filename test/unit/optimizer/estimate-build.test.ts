import { describe, expect, it } from 'vitest';
import { whyNoRoom } from '../../../src/optimizer/disk-space.ts';
import { estimateBuilds } from '../../../src/optimizer/estimate-build.ts';
import { noEvidence } from '../../../src/optimizer/findings.ts';
import type { Finding } from '../../../src/optimizer/findings.ts';
import type { JournalStep } from '../../../src/optimizer/journal.ts';
import { stepSql } from '../../../src/optimizer/steps.ts';
import { shop } from './schema-fixture.ts';

const column = { column: 'user_id', expression: null, prefixLength: null, isDescending: false };
const step = { kind: 'add-index', table: 'orders', index: 'idx', parts: [column] } as const;
const finding: Finding & { step: typeof step } = {
  id: 'missing-index orders (user_id)',
  rule: 'missing-index',
  table: 'orders',
  index: 'idx',
  columns: ['user_id'],
  status: 'proposed',
  reason: '',
  evidence: noEvidence,
  sql: stepSql(step),
  rollback: [],
  step,
};

function built(tableBytes: number, tookMs: number): JournalStep {
  return {
    id: 1,
    runId: 1,
    state: 'applied',
    finding: { ...finding, build: { estimatedBytes: 1, estimatedMs: null, tableBytes, tookMs } },
    indexesBefore: [],
    tableRows: 1,
    message: null,
    endedAt: null,
  };
}

const estimate = (earlier: JournalStep[]): number | null | undefined =>
  estimateBuilds([finding], shop(), earlier)[0]?.build?.estimatedMs;

describe('the time of a build', () => {
  it('is left out until a build took long enough to tell', () => {
    expect(estimate([])).toBeNull();
    expect(estimate([built(1_000_000, 100)])).toBeNull();
  });

  it('is that of earlier builds for as many bytes', () => {
    const bytes = shop().tables.get('orders')?.dataBytes ?? 0;
    expect(estimate([built(1_000_000, 500), built(3_000_000, 1500), built(9, 10)])).toBe(
      Math.round(bytes / 2000),
    );
  });
});

describe('the room for a build', () => {
  it('is twice the index, where the server tells how much there is', () => {
    expect(whyNoRoom(2 ** 30, 2 ** 31)).toBeNull();
    expect(whyNoRoom(2 ** 30, null)).toBeNull();
    expect(whyNoRoom(2 ** 30, 2 ** 31 - 1)).toBe(
      'building it takes about 2.00 GB of disk, and the server has 2.00 GB free',
    );
  });
});
