import type { EvidenceSource } from '../evidence/gather.ts';
import type { Finding } from '../findings.ts';
import type { RunState } from '../journal.ts';
import type { MaintainResult } from '../partitions/maintain.ts';
import type { PlanResult } from '../plan.ts';

/** What `optimize-db report --json` prints, and what the page is made from. */
export interface ReportResult {
  readonly server: PlanResult['server'];
  readonly database: string;
  /** By the server's clock, ISO 8601 in UTC. */
  readonly takenAt: string;
  readonly totals: Totals;
  /** The largest first. */
  readonly tables: readonly TableReport[];
  /** What cannot be told, in sentences. */
  readonly unknown: readonly string[];
  readonly evidence: readonly EvidenceSource[];
  readonly findings: readonly Finding[];
  readonly partitions: MaintainResult;
  /** Before and after, of the statements that indexes were proven on; the largest gain first. */
  readonly queries: readonly QueryProof[];
  /** The last runs of optimize-db, the newest first. */
  readonly runs: readonly ReportedRun[];
  /** The sums of earlier reports and this one, the oldest first. */
  readonly trend: readonly TrendPoint[];
  /** Since the last report; null where there was none, or it cannot be read. */
  readonly changes: Changes | null;
  readonly memory: Memory;
}

/** Sums over all tables. Rows and sizes are the engine's estimates. */
export interface Totals {
  readonly tables: number;
  readonly rows: number;
  readonly dataBytes: number;
  readonly indexBytes: number;
  /** Data and indexes. */
  readonly bytes: number;
}

export interface TrendPoint extends Totals {
  readonly takenAt: string;
}

export interface TableReport {
  readonly name: string;
  readonly engine: string;
  /** The engine's estimate. */
  readonly rows: number;
  readonly dataBytes: number;
  readonly indexBytes: number;
  /**
   * Space inside the table's own file that holds nothing; InnoDB counts whole extents of 1 MB alone. null for a
   * table that shares its file with others, whose free space is everyone's, and where the account may not see that.
   */
  readonly freeBytes: number | null;
  /**
   * `freeBytes / (dataBytes + indexBytes + freeBytes)`; null up to 4 MB, which InnoDB keeps ahead in a file that
   * grows, and where the free bytes are not told.
   */
  readonly freeShare: number | null;
  readonly isPartitioned: boolean;
  readonly indexes: readonly IndexReport[];
}

export interface IndexReport {
  readonly name: string;
  /** `(user_id, status)` */
  readonly columns: string;
  readonly type: string;
  readonly isPrimary: boolean;
  readonly isUnique: boolean;
  /** Hidden from the optimizer: INVISIBLE on MySQL, IGNORED on MariaDB. */
  readonly isHidden: boolean;
  /** Distinct values by the engine's statistics; null when it has none. */
  readonly cardinality: number | null;
  /**
   * Pages by InnoDB's statistics, as of the last ANALYZE, times the page size. A primary key's is the table itself.
   * null for other engines, for compressed tables, and where the statistics are not to be read.
   */
  readonly sizeBytes: number | null;
  /** The run of optimize-db that made it; null for all others. */
  readonly madeBy: { readonly runId: number; readonly gain: number | null } | null;
}

/** One statement, timed without and with an index that was kept. */
export interface QueryProof {
  readonly statement: string;
  readonly table: string;
  readonly index: string;
  readonly columns: readonly string[];
  readonly runId: number;
  readonly provenAt: string | null;
  /** Medians, as they were when the index was made. */
  readonly withoutMs: number;
  readonly withMs: number;
  readonly gain: number;
  /** Such as that a time is only a lower bound. */
  readonly note: string | null;
  /** The index is still there; without it the second time holds no longer. */
  readonly isThere: boolean;
}

export interface ReportedRun {
  readonly runId: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly state: RunState;
  readonly steps: readonly ReportedStep[];
}

export interface ReportedStep {
  readonly kind: string;
  readonly state: string;
  readonly table: string;
  readonly index: string | null;
  readonly columns: readonly string[];
  readonly gain: number | null;
}

export interface Changes {
  /** When the report was made that this one is compared with. */
  readonly since: string;
  readonly totals: { readonly before: Totals; readonly after: Totals };
  readonly tablesAdded: readonly string[];
  readonly tablesGone: readonly string[];
  /** Tables that are in both and differ; the largest change in bytes first. */
  readonly tables: readonly TableChange[];
  /** Runs of optimize-db that began since. */
  readonly runs: readonly number[];
}

export interface TableChange {
  readonly table: string;
  readonly rows: number;
  /** More, or fewer, than before. */
  readonly rowsChange: number;
  readonly bytes: number;
  readonly bytesChange: number;
  /** `idx_orders_status (status)`. An index that has other columns now is in both. */
  readonly indexesAdded: readonly string[];
  readonly indexesGone: readonly string[];
}

/** Whether the next report can be compared with this one. */
export interface Memory {
  readonly isWritten: boolean;
  /** Why not; null when it was written. */
  readonly reason: string | null;
}
