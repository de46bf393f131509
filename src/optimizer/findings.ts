import type { IndexPart } from './schema.ts';

export type RuleName =
  | 'redundant-index'
  | 'foreign-key-without-index'
  | 'unused-index'
  | 'missing-index'
  | 'primary-key-missing'
  | 'query-rewrite'
  | 'unbounded-query'
  | 'statistics'
  | 'auto-increment'
  | 'charset-outlier'
  | 'engine-outlier'
  | 'implicit-conversion'
  | 'collation-mismatch'
  | 'low-selectivity';

/**
 * `proposed`: ready to be applied. `review`: told, and never applied by scalectl. `applied`: done in this run.
 * `rejected`: tried and taken back, because it did not gain enough. `blocked`: it could not be done.
 */
export type FindingStatus = 'proposed' | 'applied' | 'rejected' | 'review' | 'blocked';

/** A change as data; the statement is made from it (`steps.ts`), so that a plan file holds nothing but names. */
export type Step =
  | { kind: 'add-index'; table: string; index: string; parts: readonly IndexPart[] }
  | {
      kind: 'drop-index';
      table: string;
      index: string;
      parts: readonly IndexPart[];
      /** The index that serves what the dropped one served; null for one that nothing used. */
      coveredBy: string | null;
    }
  | { kind: 'analyze'; table: string };

export interface Finding {
  /** The same for the same finding in every run: `missing-index payments (status, created_at)`. */
  readonly id: string;
  readonly rule: RuleName;
  readonly table: string;
  readonly index: string | null;
  readonly columns: readonly string[];
  readonly status: FindingStatus;
  readonly reason: string;
  readonly evidence: FindingEvidence;
  readonly sql: readonly string[];
  readonly rollback: readonly string[];
  /** What `apply` does; null for a finding that is only told. */
  readonly step: Step | null;
}

export interface FindingEvidence {
  readonly statements: readonly StatementEvidence[];
  /** The largest gain among the statements, `withoutMs / withMs`; null until it was measured. */
  readonly gain: number | null;
}

/** What one statement of the workload says for an index. */
export interface StatementEvidence {
  /** Ready to be executed, with values. */
  readonly statement: string;
  readonly sources: readonly string[];
  /** How often it ran, as far as the sources know. */
  readonly count: number | null;
  /** Rows that the server expects to read for it without the index. */
  readonly rowsRead: number;
  /** What the server does without the index, in words. */
  readonly plan: string;
  /** Values are the statement's own, the server's sample, or those of the table's newest row. */
  readonly values: 'own' | 'sample' | 'newest-row';
  /** Medians of the pairs; null until measured. */
  readonly withoutMs: number | null;
  readonly withMs: number | null;
  readonly gain: number | null;
  readonly pairs: number;
  /** With the index there, the optimizer takes it by itself; null until asked. */
  readonly isChosen: boolean | null;
  /** Why it was not measured, or that a time is only a lower bound; null when there is nothing to say. */
  readonly note: string | null;
}

export const noEvidence: FindingEvidence = { statements: [], gain: null };
