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
  | 'regression'
  | 'auto-increment'
  | 'charset-outlier'
  | 'engine-outlier'
  | 'implicit-conversion'
  | 'collation-mismatch'
  | 'low-selectivity'
  | 'fragmentation';

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
  | { kind: 'analyze'; table: string }
  | { kind: 'rebuild'; table: string };

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
  /** For a new index; left out for other steps. */
  readonly build?: Build;
}

export interface Build {
  /** Estimate of the index's size. */
  readonly estimatedBytes: number;
  /** By the speed of earlier builds on this server; null before the first one that took long enough to tell. */
  readonly estimatedMs: number | null;
  /** The table without its indexes. */
  readonly tableBytes: number;
  /** What the build took; null until it is done. */
  readonly tookMs: number | null;
}

export interface FindingEvidence {
  readonly statements: readonly StatementEvidence[];
  /** The largest gain among the statements, `withoutMs / withMs`; null until it was measured. */
  readonly gain: number | null;
  /** The control of that statement; see there. */
  readonly control?: Control | null;
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
  /** Values are the statement's own, the server's sample, or those of a row: the newest, or one that many are like. */
  readonly values: 'own' | 'sample' | 'newest-row' | 'frequent-row';
  /** Medians of the pairs; null until measured. */
  readonly withoutMs: number | null;
  readonly withMs: number | null;
  readonly gain: number | null;
  /** The statement with the index against itself, in the same pairs; null until measured. */
  readonly control?: Control | null;
  readonly pairs: number;
  /** With the index there, the optimizer takes it by itself; null until asked. */
  readonly isChosen: boolean | null;
  /** Where it stands in the platform's source; null for one from elsewhere. */
  readonly file: string | null;
  /** Line there, or in the workload file or slow log; null where there is none. */
  readonly line: number | null;
  /** Why it was not measured, or that a time is only a lower bound; null when there is nothing to say. */
  readonly note: string | null;
}

/** What measuring the same thing twice comes to: 1 on a machine that does nothing else. */
export interface Control {
  readonly ratio: number;
}

export const noEvidence: FindingEvidence = { statements: [], gain: null };
