import type { Config } from '../config/settings/index.ts';
import { isMigrated } from '../database/migrate.ts';
import type { Database, Session } from '../database/types.ts';
import { ScalectlError } from '../errors.ts';
import { formatGain } from './gain.ts';
import { gatherEvidence } from './evidence/gather.ts';
import type { EvidenceSource } from './evidence/gather.ts';
import type { JudgedStatement, RefusedStatement } from './evidence/statements.ts';
import type { Finding } from './findings.ts';
import { describeParts, isSameShape } from './index-shape.ts';
import { inspectSchema } from './inspect.ts';
import { Journal } from './journal.ts';
import type { JournalStep } from './journal.ts';
import { judgePartitions } from './partitions/judge.ts';
import type { PartitionVerdict } from './partitions/judge.ts';
import { planMaintenance, readServerTime } from './partitions/maintain.ts';
import type { MaintainResult } from './partitions/maintain.ts';
import { rules } from './rules/index.ts';
import type { Schema } from './schema.ts';

/** What `optimize-db plan --json` prints. */
export interface PlanResult {
  readonly server: { readonly flavor: 'mariadb' | 'mysql'; readonly version: string };
  readonly database: string;
  readonly evidence: readonly EvidenceSource[];
  /** What the sources leave unknown, in sentences. */
  readonly unknown: readonly string[];
  /** Statements that were not judged, and why. */
  readonly refused: readonly RefusedStatement[];
  readonly findings: readonly Finding[];
  readonly partitions: readonly PartitionVerdict[];
  /** Tables that have monthly partitions, with the months to add, or that were added. */
  readonly maintained: MaintainResult;
  readonly summary: PlanSummary;
}

/** null for what is not looked for. */
export interface PlanSummary {
  readonly tables: number;
  readonly proposed: number;
  readonly review: number;
  readonly redundant: number;
  readonly unused: number | null;
  readonly rewrites: number;
  /** Tables that could have monthly partitions as they stand. */
  readonly partitions: number;
}

export interface PlanOptions {
  readonly settings: Config['optimizer'];
  /** Text of the workload file; null without one. */
  readonly workload: string | null;
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A plan with what it was made from, for the run that applies it. */
export interface Plan {
  readonly result: PlanResult;
  readonly schema: Schema;
  readonly statements: readonly JudgedStatement[];
}

/**
 * Looks at the schema and the workload and says what to do about them. Reads only.
 * @param session the connection to use; a run gives its own, so that it needs no further one
 */
export async function makePlan(
  database: Database,
  session: Session,
  options: PlanOptions,
): Promise<Plan> {
  const { settings, signal, onProgress } = options;
  const { flavor, target } = database;
  onProgress('reading tables, indexes and foreign keys');
  const schema = await inspectSchema(session, { database: target.database, flavor, signal });
  const journal = await openJournal(session);
  onProgress('asking the server for its plan of each statement');
  const evidence = await gatherEvidence({
    session,
    flavor,
    schema,
    workload: options.workload,
    ownIndexes: journal ? await journal.indexNames() : [],
    maxStatements: settings.maxStatements,
    timeoutMs: settings.statementTimeout,
    signal,
  });
  const refused = journal ? await journal.refusedWithin(settings.rejectedFor) : [];
  const findings = rules
    .flatMap((rule) => rule.find({ schema, statements: evidence.statements }))
    .map((finding) => recallRefusal(finding, refused, schema));
  const partitions = judgePartitions(schema);
  const maintained = await planMaintenance(session, target.database, {
    ahead: settings.partitions.ahead,
    now: await readServerTime(session),
  });
  const summary = summarize(schema.tables.size, findings, partitions);
  const due = maintained.tables.filter(({ status }) => status === 'proposed').length;
  return {
    schema,
    statements: evidence.statements,
    result: {
      server: { flavor: flavor.product, version: flavor.version },
      database: target.database,
      evidence: evidence.sources,
      unknown: evidence.unknown,
      refused: evidence.refused,
      findings,
      partitions,
      maintained,
      summary: { ...summary, proposed: summary.proposed + due },
    },
  };
}

export function summarize(
  tables: number,
  findings: readonly Finding[],
  partitions: readonly PartitionVerdict[],
): PlanSummary {
  const count = (status: Finding['status']): number =>
    findings.filter((finding) => finding.status === status).length;
  return {
    tables,
    proposed: count('proposed'),
    review: count('review'),
    redundant: findings.filter(
      (finding) => finding.rule === 'redundant-index' && finding.status !== 'review',
    ).length,
    unused: null,
    rewrites: findings.filter(({ rule }) => rule === 'query-rewrite').length,
    partitions: partitions.filter((verdict) => verdict.eligible).length,
  };
}

/** The journal of earlier runs, where there was one and this account may read it. */
export async function openJournal(session: Session): Promise<Journal | null> {
  try {
    return (await isMigrated(session, 'optimizer')) ? new Journal(session) : null;
  } catch (error) {
    if (error instanceof ScalectlError && error.code === 'privilege-missing') return null;
    throw error;
  }
}

/** An index that was tried and taken back is not proposed again until its table has doubled or time has passed. */
function recallRefusal(finding: Finding, refused: readonly JournalStep[], schema: Schema): Finding {
  const { step } = finding;
  if (finding.rule !== 'missing-index' || step?.kind !== 'add-index') return finding;
  const before = refused.find(({ finding: { step: tried } }) => {
    if (tried.kind !== 'add-index' || tried.table !== step.table) return false;
    return isSameShape({ parts: tried.parts, type: 'BTREE' }, { parts: step.parts, type: 'BTREE' });
  });
  const rows = schema.tables.get(step.table)?.rows ?? 0;
  if (!before || rows >= 2 * Math.max(1, before.tableRows)) return finding;
  const { evidence } = before.finding;
  const gain = evidence.gain === null ? '' : `, gain ${formatGain(evidence.gain)}`;
  return {
    ...finding,
    status: 'rejected',
    evidence,
    reason: `${describeParts(step.parts)} was tried in run ${before.runId}${gain}: ${before.message ?? 'taken back'}`,
  };
}
