import type { JudgedStatement } from '../../../src/optimizer/evidence/statements.ts';
import type { TableAccess } from '../../../src/optimizer/explain.ts';
import type { Schema } from '../../../src/optimizer/schema.ts';
import { readQuery } from '../../../src/optimizer/sql/query.ts';

/** A table that is read whole, as EXPLAIN tells it. */
export function access(number: number, more: Partial<TableAccess> = {}): TableAccess {
  const rows = more.rows ?? 100_000;
  return {
    table: number,
    type: 'ALL',
    key: null,
    rows,
    examined: rows,
    passed: more.examined ?? rows,
    isCovering: false,
    sorts: false,
    usesTemporary: false,
    ...more,
  };
}

/** A statement of a workload file with the plan that the server is said to have for it. */
export function judged(text: string, schema: Schema, plan = [access(0)]): JudgedStatement {
  return {
    statement: {
      text,
      sources: ['workload-file'],
      count: 1,
      totalMs: null,
      values: 'own',
      file: null,
      line: 1,
    },
    query: readQuery(text, schema),
    plan,
  };
}
