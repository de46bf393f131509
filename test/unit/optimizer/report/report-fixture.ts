import type { ReportResult, TableReport } from '../../../../src/optimizer/report/result.ts';

/** A name that would do harm in a page that does not escape it. */
export const hostile = '</script><b onclick="alert(1)">\u202eü`\'&amp;';

export function tableReport(name: string, change: Partial<TableReport> = {}): TableReport {
  return {
    name,
    engine: 'InnoDB',
    rows: 1000,
    dataBytes: 3_000_000,
    indexBytes: 1_000_000,
    freeBytes: 6_000_000,
    freeShare: 0.6,
    isPartitioned: false,
    indexes: [
      {
        name: `${name}_key`,
        columns: `(${name})`,
        type: 'BTREE',
        isPrimary: false,
        isUnique: true,
        isHidden: false,
        cardinality: 900,
        sizeBytes: 1_000_000,
        madeBy: { runId: 1, gain: 12.34 },
      },
    ],
    ...change,
  };
}

/** A report in which every text that comes from a database is the name given. */
export function reportOf(name: string): ReportResult {
  const tables = [tableReport(name), tableReport('small', { dataBytes: 16_384, indexBytes: 0 })];
  const totals = { tables: 2, rows: 2000, dataBytes: 3e6, indexBytes: 1e6, bytes: 4e6 };
  return {
    server: { flavor: 'mariadb', version: '10.11.18' },
    database: name,
    takenAt: '2026-11-22T03:00:00.000Z',
    totals,
    tables,
    unknown: [name],
    evidence: [{ source: 'workload-file', statements: 3, windowMs: null }],
    findings: [
      {
        id: name,
        rule: 'missing-index',
        table: name,
        index: name,
        columns: [name],
        status: 'proposed',
        reason: name,
        evidence: {
          gain: null,
          statements: [
            {
              statement: name,
              sources: ['workload-file'],
              count: 1,
              rowsRead: 5,
              plan: name,
              values: 'own',
              file: null,
              line: null,
              withoutMs: null,
              withMs: null,
              gain: null,
              pairs: 0,
              isChosen: null,
              note: name,
            },
          ],
        },
        sql: [name],
        rollback: [],
        step: null,
      },
    ],
    partitions: {
      tables: [
        {
          table: name,
          column: name,
          partitions: 3,
          lastMonth: '2026-12',
          catchAllRows: null,
          months: ['2027-01'],
          expired: [],
          status: 'blocked',
          reason: name,
          sql: [],
        },
      ],
      others: [{ table: name, reason: name }],
    },
    queries: [
      {
        statement: name,
        table: name,
        index: name,
        columns: [name],
        runId: 1,
        provenAt: '2026-11-15T03:00:00.000Z',
        withoutMs: 120,
        withMs: 0.5,
        gain: 240,
        note: name,
        isThere: true,
      },
    ],
    runs: [
      {
        runId: 1,
        startedAt: '2026-11-15T03:00:00.000Z',
        endedAt: null,
        state: 'done',
        steps: [
          {
            kind: 'add-index',
            state: 'applied',
            table: name,
            index: name,
            columns: [name],
            gain: 240,
          },
        ],
      },
    ],
    trend: [8, 15, 22].map((day) => ({
      takenAt: `2026-11-${String(day).padStart(2, '0')}T03:00:00.000Z`,
      ...totals,
      bytes: day * 1e5,
      dataBytes: day * 8e4,
    })),
    changes: {
      since: '2026-11-15T03:00:00.000Z',
      totals: { before: totals, after: totals },
      tablesAdded: [name],
      tablesGone: [name],
      tables: [
        {
          table: name,
          rows: 5,
          rowsChange: -3,
          bytes: 10,
          bytesChange: 4096,
          indexesAdded: [name],
          indexesGone: [name],
        },
      ],
      runs: [1],
    },
    memory: { isWritten: false, reason: name },
  };
}
